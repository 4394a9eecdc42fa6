export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Puts another function in the place of one; it keeps its name, length and properties (`util.promisify.custom`), so that nobody can tell.
 * For `import` of Node's own modules, `syncBuiltinESMExports` has to follow the last.
 */
export function replace(holder: object, name: string, by: (original: AnyFunction) => AnyFunction): void {
  const functions = holder as { [name: string]: AnyFunction };
  const original = functions[name]!;
  functions[name] = Object.defineProperties(by(original), Object.getOwnPropertyDescriptors(original));
}

/** What an object that somebody else filled holds under a name itself: `constructor` is none of it. */
export const ownField = <T>(fields: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

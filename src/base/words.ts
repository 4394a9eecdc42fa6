/** `1 cell`, `2 cells`: a number, printed as it is or by `print`, with the word that it counts. */
export function counted(
  count: number,
  one: string,
  many = `${one}s`,
  print: (count: number) => string = String,
): string {
  return `${print(count)} ${count === 1 ? one : many}`;
}

/** `1, 2 and 3` */
export function listed(things: readonly (string | number)[]): string {
  return things.length < 2 ? things.join() : `${things.slice(0, -1).join(', ')} and ${things.at(-1)}`;
}

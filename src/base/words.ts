/** `1 cell`, `2 cells`: a number, printed as it is or by `print`, with the word that it counts. */
export function counted(
  count: number,
  one: string,
  many = `${one}s`,
  print: (count: number) => string = String,
): string {
  return `${print(count)} ${count === 1 ? one : many}`;
}

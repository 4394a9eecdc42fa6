import { DataError } from '../errors';

interface Bounds {
  from: number;
  to: number;
}

/** Throws a DataError unless the value is a whole number within the bounds (inclusive). */
export function checkWhole(where: string, name: string, value: unknown, { from, to }: Bounds): void {
  if (Number.isInteger(value) && (value as number) >= from && (value as number) <= to) return;
  refuse(where, name, value, `give a whole number from ${from} to ${to}`);
}

/** Throws a DataError unless the value is a number within the bounds (inclusive). */
export function checkNumber(where: string, name: string, value: unknown, { from, to }: Bounds): void {
  if (typeof value === 'number' && value >= from && value <= to) return;
  refuse(where, name, value, `give a number from ${from} to ${to}`);
}

/** Throws a DataError unless the value is a number between 0 and 1, both excluded. */
export function checkFraction(where: string, name: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value < 1) return;
  refuse(where, name, value, 'give a fraction between 0 and 1, such as 0.2');
}

/** Throws a DataError unless the value is a number from 0 to 1, 1 excluded. */
export function checkShare(where: string, name: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value < 1) return;
  refuse(where, name, value, 'give a fraction from 0 to less than 1, such as 0.1');
}

/** Throws a DataError unless the value is one of the choices. */
export function checkChoice(where: string, name: string, value: unknown, choices: readonly string[], hint = ''): void {
  if (choices.includes(value as string)) return;
  refuse(where, name, value, `choose ${choices.map((c) => `'${c}'`).join(' or ')}${hint}`);
}

function refuse(where: string, name: string, value: unknown, remedy: string): never {
  const shown = typeof value === 'string' ? `'${value}'` : String(value);
  throw new DataError(`${where}: '${name}' is ${shown}; ${remedy}.`);
}

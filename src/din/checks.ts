import { didYouMean } from '../base/nearest';
import { DataError } from './errors';

/**
 * Refuses settings that nobody reads: a misspelt name would otherwise be ignored in silence.
 * @throws DataError naming the setting, with the nearest known one.
 */
export function checkSettings(owner: string, settings: object, known: readonly string[]): void {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new DataError(`${owner}: settings are an object, e.g. { ${known[0]}: ... }, not ${shown(settings)}.`);
  }
  for (const name of Object.keys(settings)) {
    if (!known.includes(name)) {
      throw new DataError(
        `${owner}: there is no setting '${name}'.${didYouMean(name, known)} ${known.length ? `Settings: ${known.join(', ')}` : 'It takes none'}.`,
      );
    }
  }
}

/** A second in the year 5138: what is larger was meant as milliseconds. */
export const LATEST_SECOND = 1e11;

/** @throws DataError unless `value` is a whole number of at least `least`. */
export function checkCount(owner: string, name: string, value: unknown, least = 1): asserts value is number {
  if (!Number.isInteger(value) || (value as number) < least) {
    throw new DataError(`${owner}: ${name} must be a whole number of at least ${least}, it is ${shown(value)}.`);
  }
}

/** @throws DataError unless `value` is one of `allowed`. */
export function checkChoice(owner: string, name: string, value: unknown, allowed: readonly unknown[], hint = ''): void {
  if (allowed.includes(value)) return;
  const choices = allowed.map((choice) => (typeof choice === 'string' ? `'${choice}'` : String(choice)));
  refuse(owner, name, value, `choose ${choices.join(' or ')}${hint}`);
}

/** @throws DataError unless `value` is a positive number. */
export function checkPositive(owner: string, name: string, value: number): void {
  if (typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY) return;
  throw new DataError(`${owner}: ${name} must be a positive number, it is ${shown(value)}.`);
}

/** @throws DataError unless `value` is a number of at least `low` and below `high`. */
export function checkRange(owner: string, name: string, value: number, low: number, high: number): void {
  if (typeof value === 'number' && value >= low && value < high) return;
  throw new DataError(`${owner}: ${name} must be at least ${low} and below ${high}, it is ${shown(value)}.`);
}

interface Bounds {
  from: number;
  to: number;
}

/** @throws DataError unless `value` is a whole number, within the bounds (inclusive) where there are any. */
export function checkWhole(where: string, name: string, value: unknown, bounds?: Bounds): void {
  const { from, to } = bounds ?? { from: -Infinity, to: Infinity };
  if (Number.isInteger(value) && (value as number) >= from && (value as number) <= to) return;
  refuse(where, name, value, `give a whole number${bounds ? ` from ${from} to ${to}` : ''}`);
}

/** @throws DataError unless `value` is a number within the bounds (inclusive). */
export function checkNumber(where: string, name: string, value: unknown, { from, to }: Bounds): void {
  if (typeof value === 'number' && value >= from && value <= to) return;
  refuse(where, name, value, `give a number from ${from} to ${to}`);
}

/** @throws DataError unless `value` is a number between 0 and 1, both excluded. */
export function checkFraction(where: string, name: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value < 1) return;
  refuse(where, name, value, 'give a fraction between 0 and 1, such as 0.2');
}

/** @throws DataError unless `value` is a number from 0 to 1, 1 excluded. */
export function checkShare(where: string, name: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value < 1) return;
  refuse(where, name, value, 'give a fraction from 0 to less than 1, such as 0.1');
}

/** @throws DataError unless `seed` is a whole number that fits in 32 bits. */
export function checkSeed(where: string, seed: number): void {
  checkWhole(where, 'seed', seed, { from: -2147483648, to: 4294967295 });
}

/** A value that was given, as a message names it: so that text, lists and big integers are told from the numbers that they look like. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value !== 'object' || value === null) return String(value);
  const names = Object.keys(value);
  const plain = Object.getPrototypeOf(value) === Object.prototype && names.length > 0;
  return plain ? `an object { ${names.slice(0, 5).join(', ')} }` : 'an object';
}

function refuse(where: string, name: string, value: unknown, remedy: string): never {
  throw new DataError(`${where}: '${name}' is ${shown(value)}; ${remedy}.`);
}

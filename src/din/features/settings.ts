import { DataError } from '../errors';
import { didYouMean } from './suggest';

/**
 * Refuses settings that nobody reads: a misspelt name would otherwise be ignored in silence.
 * @throws DataError naming the setting, with the nearest known one.
 */
export function checkSettings(owner: string, settings: object, known: readonly string[]): void {
  for (const name of Object.keys(settings)) {
    if (!known.includes(name)) {
      throw new DataError(
        `${owner}: there is no setting '${name}'.${didYouMean(name, known)} Settings: ${known.join(', ')}.`,
      );
    }
  }
}

/** @throws DataError unless `value` is a whole number of at least `least`. */
export function checkCount(owner: string, name: string, value: unknown, least = 1): asserts value is number {
  if (!Number.isInteger(value) || (value as number) < least) {
    throw new DataError(`${owner}: ${name} must be a whole number of at least ${least}, it is ${String(value)}.`);
  }
}

/** @throws DataError unless `value` is one of `allowed`. */
export function checkChoice(owner: string, name: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value)) {
    const choices = allowed.map((choice) => (typeof choice === 'string' ? `'${choice}'` : String(choice)));
    throw new DataError(`${owner}: ${name} is ${choices.join(' or ')}, not ${JSON.stringify(value)}.`);
  }
}

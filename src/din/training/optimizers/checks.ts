import { DataError } from '../../errors';

/** Hyper-parameters come from people: each is checked where it enters. */
export function checkRange(optimizer: string, name: string, value: number, low: number, high: number): void {
  if (!(value >= low && value < high)) {
    throw new DataError(`${optimizer}: ${name} must be at least ${low} and below ${high}, it is ${value}.`);
  }
}

export function checkPositive(optimizer: string, name: string, value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new DataError(`${optimizer}: ${name} must be a positive number, it is ${value}.`);
  }
}

export function checkChoice(optimizer: string, name: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) {
    throw new DataError(`${optimizer}: ${name} is '${choices.join("' or '")}', not '${value}'.`);
  }
}

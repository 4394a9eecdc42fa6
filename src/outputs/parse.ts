/** Saved or foreign data does not have the shape that its MIME type promises. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/** One place inside untrusted JSON: its path serves the error message. */
export interface Place {
  value: unknown;
  path: string;
}

type Fields = { [name: string]: unknown };

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function fail(place: Place, expected: string): never {
  throw new OutputError(`${place.path} must be ${expected}, but is ${describe(place.value)}.`);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function field(place: Place, name: string): Place {
  if (!isObject(place.value)) return fail(place, 'an object');
  const value = Object.hasOwn(place.value, name) ? place.value[name] : undefined;
  return { value, path: `${place.path}.${name}` };
}

/** The object's own entries, names that would reach a prototype left out. */
export function entries(place: Place): [string, Place][] {
  if (!isObject(place.value)) return fail(place, 'an object');
  return Object.entries(place.value)
    .filter(([name]) => name !== '__proto__')
    .map(([name, value]) => [name, { value, path: `${place.path}.${name}` }]);
}

export function list(place: Place): unknown[] {
  return Array.isArray(place.value) ? place.value : fail(place, 'an array');
}

export function text(place: Place, limit = 2000): string {
  if (typeof place.value !== 'string') return fail(place, 'a text');
  return place.value.length > limit ? `${place.value.slice(0, limit)}…` : place.value;
}

export function number(place: Place): number {
  return typeof place.value === 'number' && Number.isFinite(place.value) ? place.value : fail(place, 'a finite number');
}

export function count(place: Place): number {
  const value = number(place);
  return Number.isInteger(value) && value >= 0 ? value : fail(place, 'a whole number, 0 or more');
}

export function oneOf<T extends string | number>(place: Place, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === place.value);
  return found ?? fail(place, `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`);
}

/** A list of finite numbers, of `length` entries where it is given. */
export function numbers(place: Place, length?: number): number[] {
  const values = list(place);
  checkLength(place, values, length);
  values.forEach((value, index) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      fail({ value, path: `${place.path}[${index}]` }, 'a finite number');
    }
  });
  return values as number[];
}

/** As {@link numbers}, where null means "not measured"; NaN and infinities, which JSON cannot hold, become null too. */
export function measurements(place: Place, length: number): (number | null)[] {
  const values = list(place);
  checkLength(place, values, length);
  return values.map((value, index) => {
    if (value === null) return null;
    if (typeof value !== 'number') return fail({ value, path: `${place.path}[${index}]` }, 'a number or null');
    return Number.isFinite(value) ? value : null;
  });
}

function checkLength(place: Place, values: unknown[], length?: number): void {
  if (length !== undefined && values.length !== length) fail(place, `an array of ${length}, as long as its axis`);
}

import type { Random } from '../../../src/notebook/cell-id';

type Container = { [key: string]: unknown };

/** Every place inside of a JSON value: its container, and the key there. */
export function placesIn(value: unknown): [Container, string][] {
  const places: [Container, string][] = [];
  const visit = (container: unknown) => {
    if (typeof container !== 'object' || container === null) return;
    for (const key of Object.keys(container)) {
      places.push([container as Container, key]);
      visit((container as Container)[key]);
    }
  };
  visit(value);
  return places;
}

/**
 * Puts one of `values` into a random place of a JSON value, in place.
 *
 * @returns what was changed, for messages
 */
export function mutate(value: unknown, values: readonly unknown[], random: Random): { what: string } {
  const places = placesIn(value);
  const [container, key] = places[Math.floor(random() * places.length)]!;
  container[key] = values[Math.floor(random() * values.length)];
  return { what: `${key}: ${JSON.stringify(container[key])}` };
}

import { randomStream } from '../base/random';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 8;

export const CELL_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** A number in [0, 1), as `Math.random` gives. */
export type Random = () => number;

/**
 * A new cell id, `[a-z][a-z0-9]{7}`, not among `taken`. It begins with a letter, or an id of digits only would change
 * the order of the fields of a JavaScript object that is keyed by it.
 */
export function newCellId(random: Random, taken: ReadonlySet<string> = new Set()): string {
  for (;;) {
    let id = '';
    while (id.length < LENGTH) id += ALPHABET[Math.floor(random() * (id === '' ? 26 : ALPHABET.length))];
    if (!taken.has(id)) return id;
  }
}

/**
 * Random numbers that depend on `text` alone (seeded by its FNV-1a): a file with a missing id is read the same
 * way every time, so that reading twice does not look like a change.
 */
export function randomFromText(text: string): Random {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  return randomStream(state);
}

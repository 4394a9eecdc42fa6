/**
 * Seeds are derived, never shared: every layer, epoch and purpose gets its own from the one the user gave. A derived
 * seed is never 0, because TensorFlow.js treats the seed 0 as "no seed" and draws from Math.random.
 */
export function deriveSeed(seed: number, ...purpose: (string | number)[]): number {
  // FNV-1a over the seed's and the purpose's text, then a finalizer, so that neighbouring seeds do not correlate.
  let hash = 0x811c9dc5;
  for (const char of [String(seed), ...purpose].join('/')) {
    hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 1 || 1;
}

/** Uniform numbers in [0, 1) with 32 random bits (mulberry32): the same on every machine. */
export function randomStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Runs `body` while `Math.random` gives numbers from a seed: TensorFlow.js draws dropout masks and noise from it.
 * `body` must be synchronous.
 */
export function withSeededRandom<T>(seed: number, body: () => T): T {
  const original = Math.random;
  Math.random = randomStream(seed);
  try {
    return body();
  } finally {
    Math.random = original;
  }
}

/** A uniformly random order of `0..rows-1` (Fisher-Yates), the same for the same seed. */
export function permutation(rows: number, seed: number): Int32Array {
  const order = identityOrder(rows);
  const random = randomStream(seed);
  for (let i = rows - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
  return order;
}

/** Rows that are read from disk as one. */
export const BLOCK_ROWS = 8192;
/** Blocks whose rows are mixed, by default: 262,144 rows. */
export const SHUFFLED_BLOCKS = 32;

/** A new order each epoch for rows that do not fit into memory: see `blockOrder`. */
export interface BlockShuffle {
  /** Blocks of 8,192 rows that are in memory at a time, and whose rows are mixed. */
  blocks: number;
}

/**
 * An order of `0..rows-1` in which rows that come close to each other lie in few blocks: the blocks in an order by chance,
 * and the rows of each `window` of that sequence mixed. Where all rows fit into one window it is `permutation`.
 */
export function blockOrder(rows: number, seed: number, window: number): Int32Array {
  if (rows <= window) return permutation(rows, seed);
  const order = new Int32Array(rows);
  let end = 0;
  for (const block of permutation(Math.ceil(rows / BLOCK_ROWS), deriveSeed(seed, 'blocks'))) {
    const last = Math.min(rows, (block + 1) * BLOCK_ROWS);
    for (let row = block * BLOCK_ROWS; row < last; row++) order[end++] = row;
  }
  const random = randomStream(seed);
  for (let start = 0; start < rows; start += window) {
    const count = Math.min(window, rows - start);
    for (let i = count - 1; i > 0; i--) {
      const [a, b] = [start + i, start + Math.floor(random() * (i + 1))];
      const swapped = order[a];
      order[a] = order[b];
      order[b] = swapped;
    }
  }
  return order;
}

/** `0..rows-1` as they are. */
export function identityOrder(rows: number): Int32Array {
  const order = new Int32Array(rows);
  for (let i = 0; i < rows; i++) order[i] = i;
  return order;
}

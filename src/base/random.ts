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

/** Seeded random numbers, the same on every platform: only integer arithmetic and exact divisions are used. */
export interface Random {
  /** Uniform in [0, 1), 32 random bits. */
  next(): number;
  /** Uniform integer in [0, limit). */
  integer(limit: number): number;
  /** Near-normal, mean 0, standard deviation 1, within [-6, 6]: the sum of 12 uniforms, free of `log` and `cos`. */
  normal(): number;
  /** An index drawn with odds proportional to the weights (all >= 0, some > 0). */
  weighted(weights: ArrayLike<number>): number;
}

/** The sfc32 generator (Doty-Humphrey, PractRand), its state filled from the seed by splitmix32. */
export function createRandom(seed: number): Random {
  let mix = seed | 0;
  const splitmix = () => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix ^ (mix >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = splitmix();
  let b = splitmix();
  let c = splitmix();
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  return {
    next,
    integer: (limit) => Math.floor(next() * limit),
    normal() {
      let sum = -6;
      for (let i = 0; i < 12; i++) sum += next();
      return sum;
    },
    weighted(weights) {
      let total = 0;
      for (let i = 0; i < weights.length; i++) total += weights[i];
      let point = next() * total;
      for (let i = 0; i < weights.length; i++) {
        point -= weights[i];
        if (point < 0) return i;
      }
      return weights.length - 1;
    },
  };
}

/** What mulberry32 adds to its state each time: the stream can begin anywhere. */
const STEP = 0x6d2b79f5;

/**
 * Uniform numbers in [0, 1) with 32 random bits (mulberry32). Data are drawn with `createRandom`; training draws with this
 * one, because models that version 0.1.0 saved go on in the order that they would have had.
 * @param skip so many numbers of the stream are left out: in no time.
 */
export function randomStream(seed: number, skip = 0): () => number {
  let state = (seed + Math.imul(skip % 4294967296, STEP)) >>> 0;
  return () => {
    state = (state + STEP) >>> 0;
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

/** `0..length-1` in a uniformly random order (Fisher-Yates), the same for the same random numbers in [0, 1). */
function shuffled(length: number, next: () => number): Int32Array {
  const order = identityOrder(length);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    const swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
  return order;
}

/** A random order of the rows of a table, the same for the same seed. */
export const permutation = (length: number, seed: number): Int32Array => shuffled(length, createRandom(seed).next);

/** The order in which training takes its rows, the same for the same seed. */
export const trainingOrder = (rows: number, seed: number): Int32Array => shuffled(rows, randomStream(seed));

/**
 * `count` different numbers of 0..length-1 in random order, the same for the same seed: the first of a Fisher-Yates
 * shuffle that remembers only what it moved, so that ten of ten million cost ten.
 */
export function drawn(count: number, length: number, seed: number): Int32Array {
  const random = createRandom(seed);
  const moved = new Map<number, number>();
  return Int32Array.from({ length: count }, (_, i) => {
    const j = i + random.integer(length - i);
    const chosen = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    moved.delete(i);
    return chosen;
  });
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
 * and the rows of each `window` of that sequence mixed. Where all rows fit into one window it is `trainingOrder`.
 */
export function blockOrder(rows: number, seed: number, window: number): Int32Array {
  if (rows <= window) return trainingOrder(rows, seed);
  const order = new Int32Array(rows);
  let end = 0;
  for (const block of trainingOrder(Math.ceil(rows / BLOCK_ROWS), deriveSeed(seed, 'blocks'))) {
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

import { DataError } from '../errors';

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

/** A permutation of 0..length-1 (Fisher-Yates), the same for the same seed. */
export function permutation(length: number, seed: number): Int32Array {
  const random = createRandom(seed);
  const order = Int32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
  return order;
}

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

/** Throws a DataError unless the seed is a whole number that fits in 32 bits. */
export function checkSeed(where: string, seed: number): void {
  if (!Number.isInteger(seed) || seed < -2147483648 || seed > 4294967295) {
    throw new DataError(`${where}: 'seed' is ${seed}; give a whole number between -2147483648 and 4294967295.`);
  }
}

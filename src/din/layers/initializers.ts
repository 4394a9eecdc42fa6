import * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';

/** Initializers by name, as Keras defines them: by the numbers of inputs and outputs of a matrix `[inputs, outputs]`. */
const named = {
  glorotUniform: (seed: number | undefined) => tf.initializers.glorotUniform({ seed: seed as number }),
  glorotNormal: (seed: number | undefined) => tf.initializers.glorotNormal({ seed: seed as number }),
  heUniform: (seed: number | undefined) => tf.initializers.heUniform({ seed: seed as number }),
  heNormal: (seed: number | undefined) => tf.initializers.heNormal({ seed: seed as number }),
  lecunUniform: (seed: number | undefined) => tf.initializers.leCunUniform({ seed: seed as number }),
  lecunNormal: (seed: number | undefined) => tf.initializers.leCunNormal({ seed: seed as number }),
  zeros: () => tf.initializers.zeros(),
};

/**
 * How weights start, as plain data: a name; `{ uniform: a }`, uniform in +-a; `{ normal: s }` and `{ truncatedNormal: s }`,
 * with the standard deviation s, the latter without what lies beyond two of them.
 */
export type Initializer = keyof typeof named | { uniform: number } | { normal: number } | { truncatedNormal: number };

/** @throws DataError for anything else than an initializer. */
export function checkInitializer(owner: string, name: string, initializer: Initializer): void {
  if (typeof initializer === 'string' && Object.hasOwn(named, initializer)) return;
  const [entry, ...more] = typeof initializer === 'object' && initializer !== null ? Object.entries(initializer) : [];
  const known = entry && !more.length && ['uniform', 'normal', 'truncatedNormal'].includes(entry[0]);
  if (known && typeof entry[1] === 'number' && entry[1] > 0 && Number.isFinite(entry[1])) return;
  throw new DataError(
    `${owner}: ${name} is one of ${Object.keys(named).join(', ')}, { uniform: 0.05 }, { normal: 0.01 } or ` +
      `{ truncatedNormal: 0.1 }, not ${JSON.stringify(initializer)}.`,
  );
}

/** The initializer of TensorFlow.js: the same weights for the same seed on every backend. */
export function initializerOf(
  initializer: Initializer,
  seed: number | undefined,
): ReturnType<typeof tf.initializers.zeros> {
  if (typeof initializer === 'string') return named[initializer](seed);
  if ('uniform' in initializer) {
    const { uniform } = initializer;
    return tf.initializers.randomUniform({ minval: -uniform, maxval: uniform, seed: seed as number });
  }
  if ('normal' in initializer) {
    return tf.initializers.randomNormal({ mean: 0, stddev: initializer.normal, seed: seed as number });
  }
  return tf.initializers.truncatedNormal({ mean: 0, stddev: initializer.truncatedNormal, seed: seed as number });
}

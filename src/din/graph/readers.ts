import type * as tf from '@tensorflow/tfjs';

/**
 * Calls `before` whenever someone is about to see what a variable holds: an op, a layer, `dataSync`, an assignment. So whoever
 * holds a variable, a layer or a network need not know that its true value lies elsewhere for now.
 * @returns ends it.
 */
export function beforeReading(variables: readonly tf.Variable[], before: () => void): () => void {
  const ends = variables.map((variable) => {
    let { dataId } = variable;
    const about = { configurable: true, enumerable: true };
    Object.defineProperty(variable, 'dataId', {
      ...about,
      get: () => {
        before();
        return dataId;
      },
      set: (value: typeof dataId) => {
        dataId = value;
      },
    });
    return () => Object.defineProperty(variable, 'dataId', { ...about, writable: true, value: dataId });
  });
  return () => {
    for (const end of ends) end();
  };
}

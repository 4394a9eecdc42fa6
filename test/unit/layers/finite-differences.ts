import * as tf from '@tensorflow/tfjs';

/**
 * Checks the gradient of a scalar function at some point against central differences, element by element.
 *
 * Values are float32, so the step is 0.01 and errors of some 1e-4 are rounding. A function with kinks (PReLU) may have
 * one inside the step: there the central difference means nothing, which two step sizes that disagree give away, and
 * the gradient must then equal one of the one-sided differences with the small step.
 * @returns the largest |analytic - numeric| / max(1, |numeric|).
 */
export function gradientError(compute: (inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): number {
  const value = (at: tf.Tensor[]) => tf.tidy(() => compute(at).dataSync()[0]);
  const gradients = tf.grads((...xs: tf.Tensor[]) => compute(xs))(inputs);
  const analytic = gradients.map((gradient) => gradient.dataSync());
  let worst = 0;
  inputs.forEach((input, which) => {
    const start = input.dataSync();
    const moved = (element: number, by: number) => {
      const values = Float32Array.from(start);
      values[element] += by;
      return tf.tidy(() => value(inputs.map((other, i) => (i === which ? tf.tensor(values, input.shape) : other))));
    };
    const here = value(inputs);
    for (let element = 0; element < start.length; element++) {
      const central = (h: number) => (moved(element, h) - moved(element, -h)) / (2 * h);
      const exact = analytic[which][element];
      const error = (numeric: number) => Math.abs(exact - numeric) / Math.max(1, Math.abs(numeric));
      const numeric = central(0.01);
      if (error(numeric) < 2e-3) {
        worst = Math.max(worst, error(numeric));
        continue;
      }
      const h = 0.001;
      const oneSided = [(moved(element, h) - here) / h, (here - moved(element, -h)) / h];
      worst = Math.max(worst, Math.min(...oneSided.map(error)));
    }
  });
  return worst;
}

/** Float values in (-scale, scale), the same every time. */
export function someTensor(shape: number[], seed: number, scale = 1): tf.Tensor {
  return tf.randomUniform(shape, -scale, scale, 'float32', seed);
}

/**
 * The gradients of a layer with respect to its float inputs and all its weights, of a sum over outputs in which every
 * output has another weight (a plain sum would hide errors that cancel).
 * @param ids inputs that have no gradient (ids, masks), by position.
 */
export function layerGradientError(
  layer: tf.layers.Layer,
  inputs: tf.Tensor[],
  options: { training?: boolean; constant?: number[] } = {},
): number {
  const { training = false, constant = [] } = options;
  const call = (xs: tf.Tensor[]) => layer.apply(xs.length === 1 ? xs[0] : xs, { training }) as tf.Tensor;
  const probe = someTensor(call(inputs).shape, 99);
  // Weights start at 0 or 1: move them, so that their gradients do not vanish.
  layer.setWeights(layer.getWeights().map((weight, i) => tf.add(weight, someTensor(weight.shape, 50 + i, 0.3).abs())));
  const weights = layer.trainableWeights.map((weight) => weight.read());
  const floats = inputs.filter((_, i) => !constant.includes(i));
  const total = (xs: tf.Tensor[]) => {
    let next = 0;
    const all = inputs.map((input, i) => (constant.includes(i) ? input : xs[next++]));
    return withWeights(layer, xs.slice(floats.length), () => tf.sum(tf.mul(call(all), probe)));
  };
  return gradientError(total, [...floats, ...weights]);
}

/** Runs with other values of a layer's weights, as tensors on the tape: the layer reads what it is given. */
function withWeights<T>(layer: tf.layers.Layer, values: tf.Tensor[], run: () => T): T {
  const originals = layer.trainableWeights.map((weight) => weight.read);
  layer.trainableWeights.forEach((weight, i) => {
    weight.read = () => values[i] as never;
  });
  try {
    return run();
  } finally {
    layer.trainableWeights.forEach((weight, i) => {
      weight.read = originals[i];
    });
  }
}

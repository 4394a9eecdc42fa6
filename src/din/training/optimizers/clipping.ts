import * as tf from '@tensorflow/tfjs';
import { checkPositive, checkSettings } from '../../checks';
import { DataError } from '../../errors';
import type { OptimizerConfig } from './optimizer';

/** How gradients are limited before the update; at most one of them, as in Keras. */
export interface ClippingOptions {
  /** Each element to [-clipValue, clipValue]. */
  clipValue?: number;
  /** Each weight's gradient, as a vector, to this length. */
  clipNorm?: number;
  /** All gradients together, as one vector, to this length. */
  globalClipNorm?: number;
}

const NAMES = ['clipValue', 'clipNorm', 'globalClipNorm'] as const;

/** Refuses settings that an optimizer does not have. @param own  its own, beside the learning rate and clipping. @throws DataError */
export function checkOptimizer(optimizer: string, options: object, own: readonly string[]): void {
  checkSettings(optimizer, options, ['learningRate', ...own, ...NAMES]);
}

/** The clipping settings that are given. @throws DataError for limits that are not positive, and for more than one. */
export function clippingConfig(optimizer: string, options: ClippingOptions): ClippingOptions {
  const given = NAMES.filter((name) => options[name] !== undefined);
  if (given.length > 1) throw new DataError(`${optimizer}: give one of ${given.join(' and ')}, not both.`);
  for (const name of given) checkPositive(optimizer, name, options[name]!);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}

/** Whether an optimizer clips: its update then needs all of a gradient at once. */
export const clips = (config: Readonly<OptimizerConfig>): boolean => NAMES.some((name) => config[name] !== undefined);

/** Gradients after clipping; norms are never divided by 0. */
export function clipGradients(
  gradients: readonly (tf.Tensor | undefined)[],
  config: Readonly<OptimizerConfig>,
): (tf.Tensor | undefined)[] {
  const { clipValue, clipNorm, globalClipNorm } = config as ClippingOptions;
  if (clipValue !== undefined) {
    return gradients.map((gradient) => gradient && tf.clipByValue(gradient, -clipValue, clipValue));
  }
  if (clipNorm !== undefined) {
    return gradients.map((gradient) => gradient && shorten(gradient, squaredLength([gradient]), clipNorm));
  }
  if (globalClipNorm !== undefined) {
    const length = squaredLength(gradients.filter((gradient) => gradient !== undefined));
    return gradients.map((gradient) => gradient && shorten(gradient, length, globalClipNorm));
  }
  return [...gradients];
}

const squaredLength = (gradients: readonly tf.Tensor[]): tf.Tensor =>
  tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient))));

/** limit / max(length, limit): 1 where the gradient is short enough. */
const shorten = (gradient: tf.Tensor, squared: tf.Tensor, limit: number): tf.Tensor =>
  tf.mul(gradient, tf.div(limit, tf.maximum(tf.sqrt(squared), limit)));

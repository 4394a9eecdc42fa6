import type * as tf from '@tensorflow/tfjs';
import { distinct } from '../../../base/distinct';

/**
 * What the outputs are called, each by a name of its own, as in Keras: the second output of a layer is `dense_1`. TensorFlow.js
 * calls both `dense`, and of what goes by name, metrics and labels, there would be one for the two.
 */
export const outputNames = (network: tf.LayersModel): string[] => distinct(network.outputNames);

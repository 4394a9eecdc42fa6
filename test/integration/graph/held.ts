import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { endIdleSessions } from '../../../src/din/graph/sessions';

/** Tensors of TensorFlow.js and of TensorFlow, sessions in use, temporary folders of this process' making. */
export function held(): number[] {
  endIdleSessions();
  const { binding } = tf.backend() as unknown as {
    binding: { getNumOfTensors(): number; getNumOfSavedModels(): number };
  };
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(`dinnb-graph-${process.pid}-`));
  return [tf.memory().numTensors, binding.getNumOfTensors(), binding.getNumOfSavedModels(), folders.length];
}

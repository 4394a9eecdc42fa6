import type { FeatureState } from '../features/learn';
import type { OptimizerConfig } from '../training/optimizers/optimizer';
import type { ModelSpec } from './architecture';

/**
 * A saved model: a folder with `model.json` (this) and `weights.bin`, the tensors' values one after the other, little
 * endian. Nothing in it runs: loading builds the network from the specification and fills it.
 */
export interface Checkpoint {
  format: typeof checkpointFormat;
  version: typeof checkpointVersion;
  spec: ModelSpec;
  featureState?: FeatureState;
  epochsTrained: number;
  /** In the network's order. */
  weights: TensorEntry[];
  /** Learning rate, iterations, then the slots weight by weight. */
  optimizer?: { config: OptimizerConfig; state: TensorEntry[] };
  /** Of `weights.bin`: its length in bytes and its SHA-256, so that damage is told and not trained on. */
  bytes: number;
  sha256: string;
}

export interface TensorEntry {
  name: string;
  shape: number[];
  dtype: 'float32' | 'int32';
}

export const checkpointFormat = 'dinnb-model';
export const checkpointVersion = 1;
export const modelFile = 'model.json';
export const weightsFile = 'weights.bin';

export function entryBytes({ shape }: TensorEntry): number {
  return 4 * shape.reduce((a, b) => a * b, 1);
}

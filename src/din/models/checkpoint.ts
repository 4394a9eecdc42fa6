import type { FeatureState } from '../features/state';
import type { LayerRecord } from '../training/layer-records';
import type { SavedOptimizer } from '../training/saved-state';
import type { TensorEntry, TensorFile } from '../training/tensor-file';
import type { ModelSpec } from './architecture';

/**
 * A saved model: a folder with `model.json` (this) and a file with the tensors' values, one after the other, little
 * endian. Nothing in it runs: loading builds the network from the specification and fills it, tensor by name.
 *
 * The tensors' file has a name of its own at each saving, and `model.json`, which names it, is replaced at once: a folder
 * holds the old model or the new one, whatever happens.
 *
 * Version 1 (dinnb 0.1.0) called the file `weights.bin`, knew of nothing frozen, and listed the optimizer's slots without
 * names, in the order of the weights that it trained.
 */
export interface Checkpoint extends TensorFile {
  format: typeof checkpointFormat;
  version: number;
  spec: ModelSpec;
  featureState?: FeatureState;
  epochsTrained: number;
  /** In the file's order. */
  weights: TensorEntry[];
  /** What is not trained: by the whole network, by layer, by weight. From version 2 on. */
  frozen?: { network: boolean; layers: string[]; weights: string[] };
  /** Names of the weights it trains from version 2 on. */
  optimizer?: SavedOptimizer;
  /** What the network's layers compute, where that is told: `build` itself is not saved. */
  layers?: LayerRecord[];
  /** From version 2 on. */
  weightsFile?: string;
}

export const checkpointFormat = 'dinnb-model';
export const checkpointVersion = 2;
export const modelFile = 'model.json';
/** Of version 1. */
export const oldWeightsFile = 'weights.bin';
export const isWeightsFile = (name: string): boolean =>
  name === oldWeightsFile || /^weights-[0-9a-f]{12}\.bin$/.test(name);

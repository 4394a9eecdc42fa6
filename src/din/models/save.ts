import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { foreignFiles, isLeftover, makeFolder, writeFileAtomically } from '../../base/atomic-file';
import { DataError } from '../errors';
import type { FeatureState } from '../features/state';
import { layerRecords } from '../training/layer-records';
import type { OptimizerState } from '../training/optimizers/state';
import { describeOptimizer } from '../training/saved-state';
import { entryOf, writeTensors } from '../training/tensor-file';
import type { ModelSpec } from './architecture';
import { type Checkpoint, checkpointFormat, checkpointVersion, isWeightsFile, modelFile } from './checkpoint';

/** What of a model is saved. */
export interface Saveable {
  spec: ModelSpec;
  /** The column of labels. */
  label?: string;
  network: tf.LayersModel;
  featureState: FeatureState | undefined;
  epochsTrained: number;
  optimizer: OptimizerState | undefined;
}

/**
 * Writes a model to a folder: the tensors' file under a new name, then `model.json`, which names it, in one move, so that
 * neither a crash nor a full disk leaves half a model or loses the old one. Tensors are written one at a time, so that a
 * model may be larger than any buffer.
 * @throws DataError when the model holds a function, or the folder something else than a model.
 */
export async function saveModel(model: Saveable, folder: string): Promise<void> {
  const spec = plainSpec({
    ...model.spec,
    options: { ...model.spec.options, ...(model.label === undefined ? {} : { label: model.label }) },
  });
  const target = path.resolve(folder);
  await checkReplaceable(target);
  const { network } = model;
  const weights = network.weights.map((weight) => ({ tensor: weight.read(), name: weight.originalName }));
  const optimizer = model.optimizer && describeOptimizer(model.optimizer, network);
  const tensors = [...weights.map(({ tensor }) => tensor), ...(optimizer?.tensors ?? [])];
  const frozen = frozenParts(network);
  const weightsFile = `weights-${randomBytes(6).toString('hex')}.bin`;
  try {
    makeFolder(target);
    const written = await writeTensors(path.join(target, weightsFile), tensors);
    const checkpoint: Checkpoint = {
      format: checkpointFormat,
      version: checkpointVersion,
      spec,
      ...(model.featureState ? { featureState: model.featureState } : {}),
      epochsTrained: model.epochsTrained,
      weights: weights.map(({ name, tensor }) => entryOf(name, tensor)),
      frozen,
      layers: layerRecords(network),
      ...(optimizer ? { optimizer: optimizer.entry } : {}),
      weightsFile,
      ...written,
    };
    await writeFileAtomically(path.join(target, modelFile), `${JSON.stringify(checkpoint, null, 1)}\n`);
  } catch (error) {
    await rm(path.join(target, weightsFile), { force: true }).catch(() => {});
    throw new DataError(
      `The model could not be saved to ${target}: ${(error as Error).message}. What was there before is unchanged.`,
    );
  }
  await removeOld(target, weightsFile);
}

function frozenParts(network: tf.LayersModel): NonNullable<Checkpoint['frozen']> {
  return {
    network: !network.trainable,
    layers: network.layers.filter(({ trainable, weights }) => !trainable && weights.length).map(({ name }) => name),
    weights: network.weights.filter(({ trainable }) => !trainable).map(({ originalName }) => originalName),
  };
}

/** Files of models that stood here before, and what killed savings left. Whatever stays is harmless, and goes next time. */
async function removeOld(target: string, kept: string): Promise<void> {
  const names = await readdir(target);
  const old = names.filter((name) => (isWeightsFile(name) && name !== kept) || isLeftover(name));
  await Promise.all(old.map((name) => rm(path.join(target, name), { force: true }).catch(() => {})));
}

/** The specification as JSON. @throws DataError where it holds a function, naming the place. */
function plainSpec(spec: ModelSpec): ModelSpec {
  return JSON.parse(
    JSON.stringify(spec, function (this: { key?: string }, name, value) {
      // What the model made of them is among its weights.
      if (name === 'pretrained') return undefined;
      if (typeof value === 'function') {
        throw new DataError(
          `The model cannot be saved: ${name} of numeric('${this.key ?? '?'}') is a function. Use 'standard', 'log' or 'minmax', ` +
            'or compute the column in the data.',
        );
      }
      return value;
    }),
  );
}

async function checkReplaceable(target: string): Promise<void> {
  const isOwn = (name: string) => name === modelFile || isWeightsFile(name);
  const foreign = await foreignFiles(target, isOwn).catch((error) => {
    throw new DataError(`The model cannot be saved to ${target}: ${(error as Error).message}.`);
  });
  if (foreign.length > 0) {
    throw new DataError(
      `The model cannot be saved to ${target}: it holds other files (${foreign.slice(0, 3).join(', ')}). Choose another folder.`,
    );
  }
}

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';
import { firstDifferentLayer, layerRecords } from '../training/layer-records';
import { optimizerFromConfig } from '../training/optimizers/index';
import { OptimizerState } from '../training/optimizers/state';
import { variableOf } from '../training/saved-state';
import { tableVariables } from '../training/step';
import { DamagedTensors, readTensors, type TensorEntry } from '../training/tensor-file';
import { type Checkpoint, checkpointFormat, checkpointVersion, modelFile, oldWeightsFile } from './checkpoint';
import { RecommenderModel } from './model';

/**
 * Reads a model that `model.save` wrote, of this version or 0.1.0: weights, what of them is frozen, optimizer and feature
 * state; fitting it continues where it stopped.
 * @throws DataError when the folder holds no model, one of a later version, or a damaged one; what differs is named.
 */
export async function load(folder: string): Promise<RecommenderModel> {
  const checkpoint = await readCheckpoint(folder);
  const model = new RecommenderModel(checkpoint.spec, checkpoint.featureState);
  try {
    const { network } = model;
    const byName = new Map(network.weights.map((weight) => [weight.originalName, variableOf(weight)]));
    checkEntries(folder, checkpoint.weights, byName);
    freeze(network, checkpoint);
    model.training.epochs = checkpoint.epochsTrained;
    const targets = checkpoint.weights.map(({ name }) => byName.get(name)!);
    if (checkpoint.optimizer) {
      const { config, state } = checkpoint.optimizer;
      const variables = trainedNames(checkpoint).map((name) => byName.get(name)!);
      const optimizer = new OptimizerState(optimizerFromConfig(config), variables, tableVariables(network));
      model.training.optimizer = optimizer;
      const slots = optimizer.stateVariables;
      const slotNames = state.map(({ name }) => name);
      if (slots.length !== state.length)
        throw otherVersion(folder, `the optimizer has ${slots.length} tensors, the file ${state.length}`);
      checkEntries(folder, state, new Map(slotNames.map((name, i) => [name, slots[i]])));
      targets.push(...slots);
    }
    await readValues(folder, checkpoint, targets);
    model.optimizer?.adoptRate();
    warnOtherBuild(folder, model, checkpoint);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const file = path.join(folder, modelFile);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(folder, file, error);
  }
  let checkpoint: Checkpoint;
  try {
    checkpoint = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${file} is damaged: ${(error as Error).message}.`);
  }
  if (checkpoint?.format !== checkpointFormat) throw new DataError(`${file} is no saved model of this library.`);
  if (!(checkpoint.version >= 1 && checkpoint.version <= checkpointVersion)) {
    throw new DataError(
      `${file} has the version ${checkpoint.version}, this library reads versions 1 to ${checkpointVersion}.`,
    );
  }
  return checkpoint;
}

async function readValues(folder: string, checkpoint: Checkpoint, targets: readonly tf.Variable[]): Promise<void> {
  // A name from a file names a file of its folder, never one elsewhere.
  const file = path.join(folder, path.basename(checkpoint.weightsFile ?? oldWeightsFile));
  const entries = [...checkpoint.weights, ...(checkpoint.optimizer?.state ?? [])];
  try {
    await readTensors(file, checkpoint, entries, ({ shape, dtype }, values, i) => {
      tf.tidy(() => targets[i].assign(tf.tensor(values, shape, dtype)));
    });
  } catch (error) {
    if (error instanceof DamagedTensors) throw new DataError(`${file} ${error.message}.`);
    throw unreadable(folder, file, error);
  }
}

function unreadable(folder: string, file: string, error: unknown): DataError {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return new DataError(`There is no saved model in ${path.resolve(folder)}: ${path.basename(file)} is missing.`);
  }
  return new DataError(`${file} cannot be read: ${(error as Error).message}.`);
}

/** The network built from the specification must be the one that was saved. */
function checkEntries(folder: string, entries: readonly TensorEntry[], targets: ReadonlyMap<string, tf.Tensor>): void {
  const show = ({ shape, dtype }: { shape: readonly number[]; dtype: string }) => `[${shape.join(', ')}] ${dtype}`;
  for (const [i, entry] of entries.entries()) {
    const target = targets.get(entry.name);
    if (target && show(entry) === show(target)) continue;
    throw otherVersion(
      folder,
      `tensor ${i} ('${entry.name}') is ${show(entry)} in the file and ${target ? show(target) : 'absent'} in the model`,
    );
  }
  const missing = [...targets.keys()].find((name) => !entries.some((entry) => entry.name === name));
  if (missing) throw otherVersion(folder, `the tensor '${missing}' of the model is not in the file`);
}

const otherVersion = (folder: string, what: string): DataError =>
  new DataError(
    `${folder}: ${what}. It was saved by another version of this library, or of the model's own build: ` +
      'for a model of din.models.define, run the one that it was saved with.',
  );

/** The same weights in other layers (another activation, say) score differently: whoever loads them should know. */
function warnOtherBuild(folder: string, { kind, network }: RecommenderModel, { layers }: Checkpoint): void {
  const difference = layers && firstDifferentLayer(layers, layerRecords(network));
  if (!difference) return;
  console.warn(
    `${folder}: '${kind}' is built differently now than when the model was saved: ${difference}. Its scores differ from those it had: ` +
      'for these, run the din.models.define that it was saved with, and load again.',
  );
}

/** What was frozen when the model was saved is frozen again. */
function freeze(network: tf.LayersModel, checkpoint: Checkpoint): void {
  const { frozen } = checkpoint;
  if (!frozen) {
    // Version 1 listed what was trained first, and remembered it by the optimizer's slots alone.
    const trained = new Set(trainedNames(checkpoint));
    for (const layer of network.layers) {
      const { weights } = layer;
      if (weights.length && !weights.some(({ originalName }) => trained.has(originalName))) layer.trainable = false;
    }
    return;
  }
  if (frozen.network) network.trainable = false;
  for (const layer of network.layers) if (frozen.layers.includes(layer.name)) layer.trainable = false;
  const names = new Set(frozen.weights);
  for (const weight of network.weights) {
    (weight as unknown as { trainable: boolean }).trainable = !names.has(weight.originalName);
  }
}

/** Names of the weights that the optimizer trains, in the order of its slots. */
function trainedNames({ optimizer, weights }: Checkpoint): string[] {
  const names = weights.map(({ name }) => name);
  if (!optimizer) return names;
  if (optimizer.weights) return optimizer.weights;
  const slots = optimizerFromConfig(optimizer.config).slots.length;
  // Without slots (SGD) nothing tells what was frozen.
  return slots ? names.slice(0, (optimizer.state.length - 2) / slots) : names;
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';
import { optimizerFromConfig } from '../training/optimizers/index';
import { OptimizerState } from '../training/optimizers/state';
import { tableVariables, trainableVariables } from '../training/step';
import {
  type Checkpoint,
  checkpointFormat,
  checkpointVersion,
  entryBytes,
  modelFile,
  type TensorEntry,
  weightsFile,
} from './checkpoint';
import { RecommenderModel } from './model';

/**
 * Reads a model that `model.save` wrote: weights, optimizer and feature state; fitting it continues where it stopped.
 * @throws DataError when the folder holds no model, one of another version, or a damaged one; what differs is named.
 */
export async function load(folder: string): Promise<RecommenderModel> {
  const checkpoint = await readCheckpoint(folder);
  const bytes = await readWeights(folder, checkpoint);
  const model = new RecommenderModel(checkpoint.spec, checkpoint.featureState);
  try {
    const reader = new TensorReader(bytes);
    const targets = model.network.weights.map((weight) => (weight as unknown as { val: tf.Variable }).val);
    checkEntries(
      folder,
      checkpoint.weights,
      targets,
      model.network.weights.map((weight) => weight.originalName),
    );
    fill(targets, checkpoint.weights, reader);
    model.epochsTrained = checkpoint.epochsTrained;
    if (checkpoint.optimizer) {
      const optimizer = new OptimizerState(
        optimizerFromConfig(checkpoint.optimizer.config),
        trainableVariables(model.network),
        tableVariables(model.network),
      );
      model.optimizer = optimizer;
      checkEntries(folder, checkpoint.optimizer.state, optimizer.stateVariables);
      fill(optimizer.stateVariables, checkpoint.optimizer.state, reader);
    }
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const file = path.join(folder, modelFile);
  const text = await read(file, folder);
  let checkpoint: Checkpoint;
  try {
    checkpoint = JSON.parse(text.toString('utf8'));
  } catch (error) {
    throw new DataError(`${file} is damaged: ${(error as Error).message}.`);
  }
  if (checkpoint?.format !== checkpointFormat) throw new DataError(`${file} is no saved model of this library.`);
  if (checkpoint.version !== checkpointVersion) {
    throw new DataError(
      `${file} has the version ${checkpoint.version}, this library reads version ${checkpointVersion}.`,
    );
  }
  return checkpoint;
}

async function readWeights(folder: string, { bytes, sha256, weights, optimizer }: Checkpoint): Promise<Buffer> {
  const file = path.join(folder, weightsFile);
  const content = await read(file, folder);
  const promised = [...weights, ...(optimizer?.state ?? [])].reduce((sum, entry) => sum + entryBytes(entry), 0);
  if (content.length !== bytes || promised !== bytes) {
    throw new DataError(
      `${file} has ${content.length} bytes, ${modelFile} speaks of ${bytes} and lists ${promised}: the model is incomplete.`,
    );
  }
  if (createHash('sha256').update(content).digest('hex') !== sha256) {
    throw new DataError(`${file} is damaged: its checksum is not the one in ${modelFile}.`);
  }
  return content;
}

async function read(file: string, folder: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new DataError(`There is no saved model in ${path.resolve(folder)}: ${path.basename(file)} is missing.`);
    }
    throw new DataError(`${file} cannot be read: ${(error as Error).message}.`);
  }
}

/** The network built from the specification must be the one that was saved. */
function checkEntries(
  folder: string,
  entries: readonly TensorEntry[],
  targets: readonly tf.Tensor[],
  names?: readonly string[],
): void {
  const show = (shape: readonly number[]) => `[${shape.join(', ')}]`;
  for (let i = 0; i < Math.max(entries.length, targets.length); i++) {
    const entry = entries[i];
    const target = targets[i];
    if (!entry || !target) {
      throw new DataError(
        `${folder}: the model has ${targets.length} tensors, the file ${entries.length}. It was written by another version.`,
      );
    }
    const renamed = names && names[i] !== entry.name;
    if (renamed || show(entry.shape) !== show(target.shape) || entry.dtype !== target.dtype) {
      throw new DataError(
        `${folder}: tensor ${i} is '${entry.name}' ${show(entry.shape)} ${entry.dtype} in the file and ` +
          `'${names?.[i] ?? entry.name}' ${show(target.shape)} ${target.dtype} in the model. It was written by another version.`,
      );
    }
  }
}

class TensorReader {
  private position = 0;

  constructor(private readonly bytes: Buffer) {}

  next(entry: TensorEntry): tf.Tensor {
    const end = this.position + entryBytes(entry);
    // A copy: typed arrays need an aligned start, a file's buffer promises none.
    const buffer = new Uint8Array(this.bytes.subarray(this.position, end)).buffer;
    this.position = end;
    const values = entry.dtype === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer);
    return tf.tensor(values, entry.shape, entry.dtype);
  }
}

function fill(targets: readonly tf.Variable[], entries: readonly TensorEntry[], reader: TensorReader): void {
  tf.tidy(() => {
    targets.forEach((target, i) => {
      target.assign(reader.next(entries[i]));
    });
  });
}

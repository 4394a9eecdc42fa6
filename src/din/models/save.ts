import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';
import type { FeatureState } from '../features/learn';
import type { OptimizerState } from '../training/optimizers/state';
import type { ModelSpec } from './architecture';
import {
  type Checkpoint,
  checkpointFormat,
  checkpointVersion,
  modelFile,
  type TensorEntry,
  weightsFile,
} from './checkpoint';

/** What of a model is saved. */
export interface Saveable {
  spec: ModelSpec;
  /** The column of labels. */
  label: string;
  network: tf.LayersModel;
  featureState: FeatureState | undefined;
  epochsTrained: number;
  optimizer: OptimizerState | undefined;
}

/**
 * Writes a model to a folder: into a temporary one beside it, which then takes its place, so that neither a crash nor
 * a full disk leaves half a model or loses the old one.
 * @throws DataError when the model holds a function, or the folder something else than a model.
 */
export async function saveModel(model: Saveable, folder: string): Promise<void> {
  const spec = plainSpec({ ...model.spec, options: { ...model.spec.options, label: model.label } });
  const target = path.resolve(folder);
  await checkReplaceable(target);
  const tensors: { entry: TensorEntry; values: Float32Array | Int32Array }[] = [
    ...model.network.weights.map((weight) => stored(weight.originalName, weight.read())),
  ];
  const weights = tensors.map(({ entry }) => entry);
  let optimizer: Checkpoint['optimizer'];
  if (model.optimizer) {
    const state = model.optimizer.stateVariables.map((variable, i) => stored(`optimizer_${i}`, variable));
    tensors.push(...state);
    optimizer = { config: model.optimizer.definition.config, state: state.map(({ entry }) => entry) };
  }
  const bytes = Buffer.concat(
    tensors.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
  );
  const checkpoint: Checkpoint = {
    format: checkpointFormat,
    version: checkpointVersion,
    spec,
    ...(model.featureState ? { featureState: model.featureState } : {}),
    epochsTrained: model.epochsTrained,
    weights,
    ...(optimizer ? { optimizer } : {}),
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
  await writeFolder(target, {
    [weightsFile]: bytes,
    [modelFile]: Buffer.from(`${JSON.stringify(checkpoint, null, 1)}\n`),
  });
}

function stored(name: string, tensor: tf.Tensor): { entry: TensorEntry; values: Float32Array | Int32Array } {
  const dtype = tensor.dtype as TensorEntry['dtype'];
  return { entry: { name, shape: tensor.shape, dtype }, values: tensor.dataSync() as Float32Array | Int32Array };
}

/** The specification as JSON. @throws DataError where it holds a function, naming the place. */
function plainSpec(spec: ModelSpec): ModelSpec {
  return JSON.parse(
    JSON.stringify(spec, function (this: { key?: string }, name, value) {
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
  let names: string[];
  try {
    names = await readdir(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new DataError(`The model cannot be saved to ${target}: ${(error as Error).message}.`);
  }
  const foreign = names.filter((name) => name !== modelFile && name !== weightsFile);
  if (foreign.length > 0) {
    throw new DataError(
      `The model cannot be saved to ${target}: it holds other files (${foreign.slice(0, 3).join(', ')}). Choose another folder.`,
    );
  }
}

async function writeFolder(target: string, files: Record<string, Buffer>): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const temporary = await mkdtemp(`${target}.saving-`);
  const replaced = `${temporary}-old`;
  try {
    for (const [name, content] of Object.entries(files)) await writeDurably(path.join(temporary, name), content);
    const hadOld = await moveIfThere(target, replaced);
    try {
      await rename(temporary, target);
    } catch (error) {
      if (hadOld) await rename(replaced, target);
      throw error;
    }
  } catch (error) {
    throw new DataError(
      `The model could not be saved to ${target}: ${(error as Error).message}. What was there before is unchanged.`,
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  await rm(replaced, { recursive: true, force: true });
}

async function writeDurably(file: string, content: Buffer): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function moveIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

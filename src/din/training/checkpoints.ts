import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { isLeftover, makeFolder, writeFileAtomically } from '../../base/atomic-file';
import type { TrainingOutput } from '../../outputs/training';
import { checkCount, checkSettings } from '../checks';
import { type EncodedData, windowsOf } from '../data/encoded';
import { DataError } from '../errors';
import type { CallbackState } from './callbacks/callback';
import { checkReplaceable, FILE, isTensorsFile } from './checkpoint-folder';
import { firstDifferentLayer, type LayerRecord, shown } from './layer-records';
import type { OptimizerState } from './optimizers/state';
import { describeOptimizer, type SavedOptimizer, variableOf } from './saved-state';
import {
  bytesOf,
  DamagedTensors,
  entryOf,
  readTensors,
  type TensorEntry,
  type TensorFile,
  writeTensors,
} from './tensor-file';

/** Where and how often a training writes down where it stands. */
export interface CheckpointOptions {
  /** A folder; it holds the last checkpoint. */
  path: string;
  /** After each so many steps, counted from the fit's first, exactly. */
  everySteps?: number;
  /** After each so many epochs, their validation and callbacks included; default 1 where `everySteps` is not given. */
  everyEpochs?: number;
}

/** What a checkpoint must agree with to be gone on from: each part by what people call it. */
export interface Identity {
  /** Of the model: what it is called, and a fingerprint of its options. */
  model: string;
  /** The model's options, each as text; older checkpoints do not tell. */
  options?: Readonly<Record<string, string>>;
  /** What its layers compute; older checkpoints do not tell. */
  layers?: LayerRecord[];
  /** Fingerprints of the encoded rows. */
  data: string;
  validation: string;
  /** Settings that decide what training gives, by name. */
  settings: Readonly<Record<string, string>>;
}

/** Where a training stands. */
export interface Standing {
  /** 1-based, the epoch that is running, or the next one. */
  epoch: number;
  /** Steps of it that are done. */
  stepInEpoch: number;
  /** Steps of this fit. */
  steps: number;
  /** Epochs of earlier fits. */
  epochsBefore: number;
  /** The fit is over. */
  done: boolean;
  /** Steps ran op by op, whatever was asked for: so do those that follow, as dropout draws other numbers in a graph. */
  eager?: boolean;
  /** Curves and epochs so far. */
  output: TrainingOutput;
  /** Of the epoch so far: each step's loss, each row's outputs. */
  losses: Float32Array;
  outputs: Float32Array;
  /** Of the fit's callbacks, in order; null where one keeps nothing. */
  callbacks: (CallbackState | null)[];
}

const FORMAT = 'dinnb-checkpoint';
const VERSION = 1;

interface Written extends TensorFile {
  format: string;
  version: number;
  identity: Identity;
  standing: Omit<Standing, 'losses' | 'outputs' | 'callbacks'> & { callbacks: (CallbackState['values'] | null)[] };
  /** In the file's order: the weights, the optimizer's, `losses` and `outputs`, then the callbacks'. */
  weights: TensorEntry[];
  optimizer: SavedOptimizer;
  soFar: TensorEntry[];
  /** Per callback. */
  callbacks: TensorEntry[][];
  tensorsFile: string;
}

/** @throws DataError for settings that do not exist or do not fit. */
export function checkCheckpoint(checkpoint: CheckpointOptions | undefined, resume: boolean | string | undefined): void {
  if (checkpoint !== undefined) {
    if (
      typeof checkpoint !== 'object' ||
      checkpoint === null ||
      typeof checkpoint.path !== 'string' ||
      !checkpoint.path
    ) {
      throw new DataError(
        "fit: checkpoint is { path, everySteps | everyEpochs }, e.g. { path: 'runs/din', everySteps: 500 }.",
      );
    }
    checkSettings('fit checkpoint', checkpoint, ['path', 'everySteps', 'everyEpochs']);
    const { everySteps, everyEpochs } = checkpoint;
    if (everySteps !== undefined) checkCount('fit checkpoint', 'everySteps', everySteps);
    if (everyEpochs !== undefined) checkCount('fit checkpoint', 'everyEpochs', everyEpochs);
  }
  if (resume === undefined || typeof resume === 'boolean' || (typeof resume === 'string' && resume)) {
    if (resume === true && !checkpoint) {
      throw new DataError(
        "fit: resume: true goes on from checkpoint.path, which is not given; or give resume the folder's path.",
      );
    }
    return;
  }
  throw new DataError(`fit: resume is true, false or the path of a checkpoint, not ${JSON.stringify(resume)}.`);
}

/** Fingerprint of rows: of all that training reads of them; streamed ones are read once for it. */
export async function fingerprint(data: EncodedData | undefined): Promise<string> {
  if (!data) return 'none';
  const hash = createHash('sha256');
  const add = (values: Float32Array | Int32Array | undefined) => {
    if (values) for (const part of bytesOf(values)) hash.update(part);
  };
  const addInputs = (inputs: EncodedData['inputs']) => {
    for (const { width, values, offsets } of inputs) {
      hash.update(`${width} `);
      add(values);
      add(offsets);
    }
  };
  if (data.stream) for await (const { inputs } of windowsOf(data)) addInputs(inputs);
  else addInputs(data.inputs);
  for (const { values } of data.labels) add(values);
  add(data.weights);
  return `${data.rows} rows, ${hash.digest('hex').slice(0, 16)}`;
}

/**
 * Writes where a training stands: the tensors under a new name, then the file that names them, each flushed and moved into
 * its place, so that whatever happens the folder holds this checkpoint or the one before.
 * @throws DataError where it cannot be written; the one before is kept.
 */
export async function writeCheckpoint(
  folder: string,
  identity: Identity,
  standing: Standing,
  network: tf.LayersModel,
  optimizer: OptimizerState,
): Promise<void> {
  const target = path.resolve(folder);
  const { losses, outputs, callbacks, ...rest } = standing;
  const weights = network.weights.map((weight) => ({ name: weight.originalName, tensor: weight.read() }));
  const { tensors: slots, entry } = describeOptimizer(optimizer, network);
  const soFar = tf.tidy(() => [tf.keep(tf.tensor1d(losses)), tf.keep(tf.tensor1d(outputs))]);
  const kept = callbacks.map((callback) => callback?.tensors ?? []);
  const tensorsFile = `tensors-${randomBytes(6).toString('hex')}.bin`;
  try {
    await checkReplaceable(target);
    makeFolder(target);
    const all = [...weights.map(({ tensor }) => tensor), ...slots, ...soFar, ...kept.flat()];
    const file = await writeTensors(path.join(target, tensorsFile), all);
    const written: Written = {
      format: FORMAT,
      version: VERSION,
      identity,
      standing: { ...rest, callbacks: callbacks.map((callback) => callback?.values ?? null) },
      weights: weights.map(({ name, tensor }) => entryOf(name, tensor)),
      optimizer: entry,
      soFar: soFar.map((tensor, i) => entryOf(i ? 'outputs' : 'losses', tensor)),
      callbacks: kept.map((tensors) => tensors.map((tensor, i) => entryOf(String(i), tensor))),
      tensorsFile,
      ...file,
    };
    await writeFileAtomically(path.join(target, FILE), `${JSON.stringify(written)}\n`);
    await access(path.join(target, tensorsFile));
  } catch (error) {
    await rm(path.join(target, tensorsFile), { force: true }).catch(() => {});
    if (error instanceof DataError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && existsSync(target)) {
      // Whoever writes a checkpoint removes what others left there.
      throw new DataError(
        `The checkpoint of epoch ${rest.epoch}, step ${rest.stepInEpoch} was removed from ${target} while it was written: another ` +
          'training writes its checkpoints there. Give each training a checkpoint.path of its own.',
      );
    }
    const before = existsSync(path.join(target, FILE))
      ? 'The one before is unchanged: make room or the folder writable, and go on from it with resume: true.'
      : 'There is none before it: make room or the folder writable, and train again.';
    throw new DataError(
      `The checkpoint of epoch ${rest.epoch}, step ${rest.stepInEpoch} could not be written to ${target}: ${(error as Error).message}. ${before}`,
    );
  } finally {
    tf.dispose(soFar);
  }
  const old = (await readdir(target)).filter(
    (name) => (isTensorsFile(name) && name !== tensorsFile) || isLeftover(name),
  );
  await Promise.all(old.map((name) => rm(path.join(target, name), { force: true }).catch(() => {})));
}

/** A checkpoint that is there. */
export interface FoundCheckpoint {
  folder: string;
  written: Written;
}

/** The checkpoint in a folder; undefined where there is none. @throws DataError for one that is damaged or of a later version. */
export async function findCheckpoint(folder: string): Promise<FoundCheckpoint | undefined> {
  const file = path.join(path.resolve(folder), FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DataError(`${file} cannot be read: ${(error as Error).message}. ${AFRESH}`);
  }
  let written: Written;
  try {
    written = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${file} is damaged: ${(error as Error).message}. ${AFRESH}`);
  }
  if (written?.format !== FORMAT)
    throw new DataError(`${file} is no checkpoint of a training. Give the folder of one.`);
  if (written.version !== VERSION) {
    throw new DataError(
      `${file} has the version ${written.version}, this library reads version ${VERSION}: go on with the version of dinnb that wrote it. ${AFRESH}`,
    );
  }
  if (typeof written.identity?.model !== 'string' || typeof written.standing?.epoch !== 'number')
    throw new DataError(`${file} is damaged: it does not say what it is a checkpoint of. ${AFRESH}`);
  return { folder: path.resolve(folder), written };
}

const AFRESH = 'To start afresh, give resume: false or another checkpoint.path.';

/** Whether a training ended before its checkpoint was its last. */
export const isUnfinished = ({ written }: FoundCheckpoint): boolean => !written.standing.done;

/** @throws DataError for a checkpoint that stands beyond the epochs that are asked for: what it has is not what they give. */
export function checkReached(found: FoundCheckpoint, epochs: number): void {
  const { epoch, stepInEpoch } = found.written.standing;
  const begun = stepInEpoch > 0 ? epoch : epoch - 1;
  if (epochs >= begun) return;
  throw new DataError(
    `${found.folder}: the checkpoint stands at ${placeOf(found)}, beyond the ${epochs} epoch${epochs === 1 ? '' : 's'} of this fit. Give at least ` +
      `epochs: ${begun}. ${AFRESH}`,
  );
}

/** `epoch 2, step 120`, or `the end of epoch 2` of a training that is over. */
export const placeOf = ({ written: { standing } }: FoundCheckpoint): string =>
  standing.done ? `the end of epoch ${standing.epoch - 1}` : `epoch ${standing.epoch}, step ${standing.stepInEpoch}`;

/**
 * Puts network and optimizer where a checkpoint stands.
 * @throws DataError for a checkpoint of another model, other data or settings, and for a damaged one; nothing is changed
 * then but, where the tensors' file is damaged, weights.
 */
export async function restoreCheckpoint(
  found: FoundCheckpoint,
  identity: Identity,
  network: tf.LayersModel,
  optimizer: OptimizerState,
): Promise<Standing> {
  const { folder, written } = found;
  checkIdentity(found, identity, network);
  const { tensors: slots, entry } = describeOptimizer(optimizer, network);
  if (shapes(entry.state) !== shapes(written.optimizer.state)) {
    throw new DataError(
      `${folder}: the checkpoint is of a training of other weights: what is frozen must be frozen again before resuming. ${AFRESH}`,
    );
  }
  const targets = [...network.weights.map(variableOf), ...slots];
  const entries = [...written.weights, ...written.optimizer.state, ...written.soFar, ...written.callbacks.flat()];
  const others: tf.Tensor[] = [];
  try {
    await readTensors(
      path.join(folder, path.basename(written.tensorsFile)),
      written,
      entries,
      ({ shape, dtype }, values, i) => {
        if (i < targets.length) tf.tidy(() => targets[i].assign(tf.tensor(values, shape, dtype)));
        else others.push(tf.tensor(values, shape, dtype));
      },
    );
  } catch (error) {
    tf.dispose(others);
    const file = path.join(folder, written.tensorsFile);
    if (error instanceof DamagedTensors) throw new DataError(`${file} ${error.message}. ${AFRESH}`);
    throw new DataError(`${file} cannot be read: ${(error as Error).message}. ${AFRESH}`);
  }
  optimizer.setLearningRate(written.optimizer.config.learningRate);
  const [losses, outputs, ...rest] = others;
  const { callbacks, ...standing } = written.standing;
  const restored = {
    ...standing,
    losses: losses.dataSync() as Float32Array,
    outputs: outputs.dataSync() as Float32Array,
    callbacks: callbacks.map((values, i): CallbackState | null => {
      const tensors = rest.splice(0, written.callbacks[i].length);
      return values === null ? null : { values, tensors };
    }),
  };
  tf.dispose([losses, outputs]);
  return restored;
}

const shapes = (entries: readonly TensorEntry[]): string =>
  entries.map(({ shape, dtype }) => `${dtype}[${shape.join(', ')}]`).join(' ');

/** Settings that every checkpoint has, but for the first ones: what those were is not known, and not asked. */
const LATER: readonly string[] = ['the loss function', 'backend', 'metrics', 'what is frozen', 'groupBy'];

/** @throws DataError that names what is another than it was. */
function checkIdentity({ folder, written }: FoundCheckpoint, now: Identity, network: tf.LayersModel): void {
  const then = written.identity;
  const refuse = (what: string): never => {
    throw new DataError(`${folder}: the checkpoint is of another training: ${what}. ${AFRESH}`);
  };
  if (then.model !== now.model) {
    const [before, after] = [then.options ?? {}, now.options ?? {}];
    const name = Object.keys({ ...before, ...after }).find((each) => before[each] !== after[each]);
    const isOption = then.model.split(' ')[0] === now.model.split(' ')[0];
    if (then.options && isOption && name)
      refuse(`the model's ${name} was ${shown(before[name])}, it is ${shown(after[name])}`);
    refuse(`its model is ${then.model}, this is ${now.model}`);
  }
  const own = network.weights.map((weight) => entryOf(weight.originalName, weight.read()));
  if (shapes(own) !== shapes(written.weights)) {
    const show = (entry: TensorEntry | undefined) =>
      entry ? `'${entry.name}' [${entry.shape.join(', ')}]` : 'nothing';
    const i = Array.from({ length: Math.max(own.length, written.weights.length) }, (_, k) => k).find(
      (k) => shapes(own.slice(k, k + 1)) !== shapes(written.weights.slice(k, k + 1)),
    )!;
    refuse(`weight ${i + 1} was ${show(written.weights[i])}, it is ${show(own[i])}`);
  }
  const layer = then.layers && now.layers && firstDifferentLayer(then.layers, now.layers);
  if (layer) refuse(layer);
  // Before the rows: how they are read follows from the seed and the columns that are asked for.
  for (const name of new Set([...Object.keys(then.settings), ...Object.keys(now.settings)])) {
    if (then.settings[name] === now.settings[name]) continue;
    if (then.settings[name] === undefined && LATER.includes(name)) continue;
    refuse(`${name} was ${shown(then.settings[name])}, it is ${shown(now.settings[name])}`);
  }
  // Rows that are kept out for validation are none of the training's.
  if ((then.validation === 'none') !== (now.validation === 'none'))
    refuse(`its validation rows were others (${then.validation}; now ${now.validation})`);
  if (then.data !== now.data) refuse(`its training rows were others (${then.data}; now ${now.data})`);
  if (then.validation !== now.validation) {
    refuse(`its validation rows were others (${then.validation}; now ${now.validation})`);
  }
}

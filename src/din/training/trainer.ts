import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  BLOCK_ROWS,
  type BlockShuffle,
  blockOrder,
  deriveSeed,
  identityOrder,
  SHUFFLED_BLOCKS,
  trainingOrder,
} from '../../base/random';
import type { TrainingOutput } from '../../outputs/training';
import { backendDescription, backendName } from '../backend/describe';
import { windowRows } from '../data/encoded';
import { DataError } from '../errors';
import { InterruptedError, isInterrupted, yieldToEventLoop } from '../interrupt';
import { joined } from './batch';
import { type Callback, type EndState, type EpochLog, isOwn, type TrainingContext } from './callbacks/callback';
import { claimFolder } from './checkpoint-folder';
import {
  type CheckpointOptions,
  checkReached,
  findCheckpoint,
  fingerprint,
  type Identity,
  isUnfinished,
  placeOf,
  restoreCheckpoint,
  type Standing,
  writeCheckpoint,
} from './checkpoints';
import { createEngine, type GraphMode } from './engines/create';
import type { ChunkResult, TrainingEngine } from './engines/engine';
import { EpochMeter } from './epoch-meter';
import { TrainingHistory } from './history';
import { frozenLayers, layerRecords } from './layer-records';
import type { MeasuredData, Measurement } from './measurement';
import { epochLine, Progress } from './progress';
import { FitRecorder } from './provenance';
import type { TrainingState } from './state';
import { type TrainingProgram, trainableVariables } from './step';
import { firstNotFinite } from './validate-ids';

/** A training, fully specified and checked. */
export interface TrainingJob {
  program: TrainingProgram;
  data: MeasuredData;
  validation?: MeasuredData;
  epochs: number;
  batchSize: number;
  /** In blocks: as rows are that lie on disk. */
  shuffle: boolean | BlockShuffle;
  seed: number;
  /** How steps are computed. */
  graph: GraphMode;
  /** Counts the epochs of all fits: continuing draws the permutations that one long fit would. */
  state: TrainingState;
  measurement: Measurement;
  callbacks: readonly Callback[];
  checkpoint?: CheckpointOptions;
  resume?: boolean | string;
  /** What a checkpoint must agree with, besides the data and the settings above: the model, and its own settings. */
  identity: Pick<Identity, 'model' | 'options'> & { settings?: Readonly<Record<string, string>> };
  title: string;
  /** Show the curves while they grow. */
  live: boolean;
  /** Print a line an epoch. */
  verbose: boolean;
  onStart?(history: TrainingHistory): void;
}

/**
 * Trains. The curves and the history exist from the start and stay whatever happens.
 * @throws InterruptedError when the user interrupts: weights and history of the steps done are kept.
 * @throws TrainingError when the loss is no longer a number.
 */
export async function runTraining(job: TrainingJob): Promise<TrainingHistory> {
  for (const rows of [job.data, job.validation]) if (rows) job.measurement.check(rows);
  if (!job.checkpoint) return train(job);
  const giveBack = await claimFolder(job.checkpoint.path);
  try {
    return await train(job);
  } finally {
    giveBack();
  }
}

async function train(job: TrainingJob): Promise<TrainingHistory> {
  const { program, data, batchSize, epochs, callbacks } = job;
  const stepsPerEpoch = Math.ceil(data.rows / batchSize);
  const identity = job.checkpoint || job.resume ? await identityOf(job) : undefined;
  const from = identity && (await startingPoint(job, identity));
  if (from) job.state.epochs = from.epochsBefore + from.epoch - 1;
  if (from?.done && epochs <= from.output.epochs) return finishedBefore(job, from.output);
  const facts = { title: job.title, seed: job.seed, rows: data.rows, batchSize, epochs };
  const recorder = FitRecorder.start(facts, () => program.network.weights);
  const engine = await createEngine({
    program,
    data,
    batchSize,
    epochs,
    seed: deriveSeed(job.seed, 'random ops'),
    graph: from?.eager ? 'off' : job.graph,
    stepsHere: from?.steps,
    callbacks: !callbacks.every(isOwn),
    announce: (message) => {
      if (job.verbose) console.log(message);
    },
  });
  const runtime = () => `${engine.description}, ${backendDescription()}`;
  const empty: Pick<TrainingOutput, 'steps' | 'epochLog'> = {
    steps: { step: [], values: {} },
    epochLog: { epoch: [], seconds: [], training: {}, validation: {} },
  };
  const progress = new Progress(
    {
      version: 1,
      title: job.title,
      state: 'running',
      epochs,
      stepsPerEpoch,
      batchSize,
      runtime: runtime(),
      steps: (from?.output ?? empty).steps,
      epochLog: (from?.output ?? empty).epochLog,
    },
    job.live,
  );
  const history = new TrainingHistory(progress.output, progress.handle);
  job.onStart?.(history);
  const loop = new TrainingLoop(job, engine, progress, runtime, stepsPerEpoch, identity, from, recorder);
  let state: EndState = 'done';
  let failure: unknown;
  const attempt = async (work: () => unknown) => {
    try {
      await work();
    } catch (error) {
      // What follows the first failure is its consequence: the first is what the user must see.
      failure ??= error;
      if (state === 'done') state = error instanceof InterruptedError ? 'interrupted' : 'failed';
    }
  };
  await attempt(async () => {
    for (const callback of callbacks) await callback.onTrainBegin?.(loop.context);
    await loop.restoreCallbacks();
    for (let epoch = from?.epoch ?? 1; epoch <= epochs && !loop.stopReason; epoch++) await loop.epoch(epoch);
  });
  await attempt(() => engine.bringBack());
  await attempt(() => engine.dispose());
  for (const callback of callbacks) await attempt(() => callback.onTrainEnd?.(loop.context, state));
  await attempt(() => progress.finish(state));
  await attempt(() => (state === 'done' ? loop.writeLast() : undefined));
  await attempt(() => recorder?.finish(state, progress.output));
  if (failure !== undefined) throw failure;
  if (loop.stopReason && job.verbose) console.log(`stopped: ${loop.stopReason}`);
  if (job.verbose) console.log(`steps ran as: ${runtime()}`);
  return history;
}

/** What a checkpoint of this training must agree with. */
async function identityOf(job: TrainingJob): Promise<Identity> {
  const { program, data, validation, batchSize, seed, shuffle, graph, identity } = job;
  const { network } = program;
  const stateful = job.callbacks.filter(({ state }) => state);
  const callbacks = stateful.map(({ description = 'one of your own' }) => description).join(', ');
  return {
    model: identity.model,
    ...(identity.options ? { options: identity.options } : {}),
    layers: layerRecords(network),
    data: await fingerprint(data),
    validation: await fingerprint(validation),
    settings: {
      batchSize: String(batchSize),
      seed: String(seed),
      shuffle: JSON.stringify(shuffle),
      graph,
      backend: backendName(),
      metrics: Object.keys(job.measurement.modes).sort().join(', ') || 'none',
      optimizer: JSON.stringify(program.optimizer.definition.config),
      'the number of weights': String(network.countParams()),
      'what is frozen': frozenLayers(network).join(', ') || 'nothing',
      ...(callbacks ? { 'what its callbacks keep': callbacks } : {}),
      ...identity.settings,
    },
  };
}

/** Where the training goes on: network and optimizer are brought there. Undefined: at its beginning. */
async function startingPoint(job: TrainingJob, identity: Identity): Promise<Standing | undefined> {
  const { resume, checkpoint, program, verbose } = job;
  const folder = typeof resume === 'string' ? resume : checkpoint?.path;
  if (folder === undefined || resume === false) return undefined;
  const found = await findCheckpoint(folder);
  if (found && resume) {
    checkReached(found, job.epochs);
    const standing = await restoreCheckpoint(found, identity, program.network, program.optimizer);
    const how = standing.eager && job.graph !== 'off' ? ', op by op as before' : '';
    if (verbose) console.log(`resumed from ${found.folder}: ${standing.done ? 'finished' : placeOf(found)}${how}`);
    return standing;
  }
  if (found && isUnfinished(found)) {
    throw new DataError(
      `fit: ${found.folder} holds the checkpoint of a training that did not finish (${placeOf(found)}). ` +
        'Give resume: true to go on from it, resume: false to start afresh and replace it, or another checkpoint.path.',
    );
  }
  if (typeof resume === 'string')
    throw new DataError(`fit: resume: there is no checkpoint in ${path.resolve(resume)}.`);
  if (resume && verbose) console.log(`no checkpoint in ${path.resolve(folder)} yet: training starts afresh`);
  return undefined;
}

/** A training that its checkpoint knows as finished: nothing is left to do. */
function finishedBefore(job: TrainingJob, output: TrainingOutput): TrainingHistory {
  const progress = new Progress({ ...output, state: 'done' }, job.live);
  const history = new TrainingHistory(progress.output, progress.handle);
  job.onStart?.(history);
  return history;
}

class TrainingLoop {
  /** Steps of this fit. */
  private stepsHere = 0;
  stopReason: string | undefined;
  readonly context: TrainingContext;
  private readonly epochsBefore: number;
  /** Of the epoch so far, for checkpoints. */
  private soFar: ChunkResult[] = [];
  private readonly pace = new Pace();

  constructor(
    private readonly job: TrainingJob,
    private readonly engine: TrainingEngine,
    private readonly progress: Progress,
    private readonly runtime: () => string,
    private readonly stepsPerEpoch: number,
    private readonly identity: Identity | undefined,
    private readonly from: Standing | undefined,
    private readonly recorder?: FitRecorder,
  ) {
    this.epochsBefore = from?.epochsBefore ?? job.state.epochs;
    const { network, optimizer } = job.program;
    const modes = { loss: 'min' as const, ...job.measurement.modes };
    const steps = optimizer.iterations.dataSync()[0];
    const loop = this;
    this.context = {
      epochsBefore: this.epochsBefore,
      network,
      epochs: job.epochs,
      stepsPerEpoch,
      resumed: from !== undefined,
      get learningRate() {
        return optimizer.rateOf(steps + loop.stepsHere + 1);
      },
      values: { training: modes, ...(job.validation ? { validation: modes } : {}) },
      setLearningRate(rate) {
        engine.setLearningRate(rate);
      },
      stop: (reason) => {
        this.stopReason ??= reason;
      },
    };
  }

  /** Callbacks find again what they knew. */
  async restoreCallbacks(): Promise<void> {
    const states = this.from?.callbacks ?? [];
    for (const [i, callback] of this.job.callbacks.entries()) {
      const state = states[i];
      if (state && callback.restore) await callback.restore(state, this.context);
      else tf.dispose([...(state?.tensors ?? [])]);
    }
  }

  /** What works on the network next must find it. */
  private checkAlive(epoch: number): void {
    const { network, optimizer } = this.job.program;
    const gone = network.weights.some((weight) => (weight as unknown as { val: tf.Variable }).val.isDisposed);
    if (!gone && !optimizer.iterations.isDisposed) return;
    throw new DataError(
      `fit: the model was disposed of while it was trained, in epoch ${epoch}, and its weights with it. ` +
        'End the training first (context.stop in a callback), and dispose of the model once fit has returned.',
    );
  }

  /** What is frozen is decided when a fit begins: graphs and moments are made for it, and would not notice. */
  private checkTrained(epoch: number): void {
    const { network, optimizer } = this.job.program;
    const now = trainableVariables(network);
    if (now.length === optimizer.variables.length && now.every((own, i) => own === optimizer.variables[i])) return;
    throw new DataError(
      `fit: layers were frozen or thawed before epoch ${epoch}, while fit runs. What is trained is decided where a fit begins: ` +
        'end this one there (fewer epochs, or context.stop in the callback), set trainable, and fit again; weights are kept.',
    );
  }

  async epoch(epoch: number): Promise<void> {
    const { job, engine, progress, stepsPerEpoch } = this;
    const start = performance.now();
    const from = this.from?.epoch === epoch ? this.from : undefined;
    let stepInEpoch = from?.stepInEpoch ?? 0;
    if (stepInEpoch === 0) for (const callback of job.callbacks) await callback.onEpochBegin?.(epoch, this.context);
    this.checkAlive(epoch);
    this.checkTrained(epoch);
    const order = this.order(epoch);
    this.recorder?.order(order);
    const meter = new EpochMeter(job.data, order, job.batchSize, job.measurement);
    const rowsDone = Math.min(stepInEpoch * job.batchSize, job.data.rows);
    this.soFar = [];
    if (from && stepInEpoch) {
      this.takeChunk(
        { steps: stepInEpoch, rows: rowsDone, losses: from.losses, outputs: from.outputs },
        meter,
        epoch,
        0,
      );
    }
    engine.startEpoch(order, rowsDone);
    while (stepInEpoch < stepsPerEpoch) {
      const before = (epoch - 1) * stepsPerEpoch + stepInEpoch;
      const every = [...job.callbacks, job.checkpoint ?? {}];
      await engine.ready();
      const began = performance.now();
      const chunk = await engine.run(Math.min(stepsPerEpoch - stepInEpoch, stepsToCallback(before, every)));
      if (chunk.steps === 0) break;
      this.pace.add(chunk.steps, performance.now() - began);
      this.takeChunk(chunk, meter, epoch, stepInEpoch);
      stepInEpoch += chunk.steps;
      this.stepsHere += chunk.steps;
      const step = before + chunk.steps;
      const secondsLeft = this.pace.seconds(job.epochs * stepsPerEpoch - step);
      if (progress.wantsPoint(step)) progress.point(step, meter.values(), secondsLeft);
      progress.setRuntime(this.runtime());
      for (const callback of job.callbacks) {
        if (!callback.onStepEnd || step % (callback.everySteps ?? 1)) continue;
        const log = {
          step,
          epoch,
          stepInEpoch,
          loss: meter.loss,
          secondsLeft,
          get values() {
            return meter.values();
          },
        };
        await callback.onStepEnd(log, this.context);
      }
      this.checkAlive(epoch);
      const { everySteps } = job.checkpoint ?? {};
      if (everySteps && step % everySteps === 0) await this.checkpoint(epoch, stepInEpoch);
      await yieldToEventLoop();
      this.checkAlive(epoch);
      if (isInterrupted())
        throw new InterruptedError(
          `Interrupted in epoch ${epoch}, step ${stepInEpoch} of ${stepsPerEpoch}. Weights and history are kept.`,
        );
    }
    if (this.weightsAreRead) await engine.bringBack();
    await yieldToEventLoop();
    job.state.epochs++;
    await this.endEpoch(epoch, meter, start);
    this.soFar = [];
    const { everySteps, everyEpochs = everySteps ? undefined : 1 } = job.checkpoint ?? {};
    if (job.checkpoint && everyEpochs && epoch % everyEpochs === 0 && epoch < job.epochs)
      await this.checkpoint(epoch + 1, 0);
  }

  /** Writes down where the training stands. What comes after starts from there, here and wherever it is resumed. */
  private async checkpoint(epoch: number, stepInEpoch: number): Promise<void> {
    await this.engine.settle();
    await this.write(epoch, stepInEpoch, false);
  }

  /** The last checkpoint of a training that is over, where it writes any. */
  async writeLast(): Promise<void> {
    if (!this.job.checkpoint) return;
    this.soFar = [];
    await this.write(this.progress.output.epochLog.epoch.length + 1, 0, true);
  }

  private async write(epoch: number, stepInEpoch: number, done: boolean): Promise<void> {
    const { job, soFar } = this;
    const { network, optimizer } = job.program;
    const standing = {
      epoch,
      stepInEpoch,
      steps: (epoch - 1) * this.stepsPerEpoch + stepInEpoch,
      epochsBefore: this.epochsBefore,
      done,
      eager: this.engine.eager,
      output: this.progress.output,
      losses: joined(soFar.map(({ losses }) => losses)),
      outputs: joined(soFar.map(({ outputs }) => outputs)),
      callbacks: job.callbacks.map((callback) => callback.state?.() ?? null),
    };
    await writeCheckpoint(job.checkpoint!.path, this.identity!, standing, network, optimizer);
  }

  /** Whether anyone may look at the weights between two epochs: bringing them back costs time in proportion to the tables. */
  private get weightsAreRead(): boolean {
    const { validation, callbacks } = this.job;
    return validation !== undefined || callbacks.some(({ onEpochBegin, onEpochEnd }) => onEpochBegin || onEpochEnd);
  }

  private takeChunk(chunk: ChunkResult, meter: EpochMeter, epoch: number, stepInEpoch: number): void {
    if (this.job.checkpoint?.everySteps) this.soFar.push(chunk);
    const bad = meter.add(chunk);
    if (bad >= 0)
      throw meter.diverged(epoch, stepInEpoch + bad + 1, this.context.learningRate, firstNotFinite(this.job.data));
  }

  private async endEpoch(epoch: number, meter: EpochMeter, start: number): Promise<void> {
    const { job } = this;
    const log: EpochLog = { epoch, seconds: (performance.now() - start) / 1000, training: meter.finalValues() };
    await yieldToEventLoop();
    if (job.validation) {
      const { loss, metrics } = await job.measurement.score(job.program.network, job.validation);
      log.validation = { loss, ...metrics };
      log.seconds = (performance.now() - start) / 1000;
    }
    this.progress.epoch(log);
    if (job.verbose) console.log(epochLine(log, job.epochs));
    for (const callback of job.callbacks) await callback.onEpochEnd?.(log, this.context);
    this.checkAlive(log.epoch);
  }

  private order(epoch: number): Int32Array {
    const { data, shuffle, seed, batchSize } = this.job;
    if (!shuffle) return identityOrder(data.rows);
    const own = deriveSeed(seed, 'shuffle', this.epochsBefore + epoch);
    if (shuffle === true && !data.stream) return trainingOrder(data.rows, own);
    const { blocks } = shuffle === true ? { blocks: SHUFFLED_BLOCKS } : shuffle;
    return blockOrder(data.rows, own, windowRows(blocks * BLOCK_ROWS, batchSize));
  }
}

/** Steps until the next one at which a callback wants to be called. */
function stepsToCallback(done: number, callbacks: readonly Pick<Callback, 'everySteps'>[]): number {
  return Math.min(...callbacks.map(({ everySteps }) => (everySteps ? everySteps - (done % everySteps) : Infinity)));
}

/** How long steps take, as of late; a chunk that compiles says nothing of those that follow. */
class Pace {
  private perStep: number | undefined;

  add(steps: number, ms: number): void {
    const own = ms / steps;
    if (this.perStep === undefined || own < this.perStep / 4) this.perStep = own;
    else if (own < 20 * this.perStep) this.perStep += 0.1 * (own - this.perStep);
  }

  seconds(steps: number): number {
    return ((this.perStep ?? Number.NaN) * steps) / 1000;
  }
}

import {
  BLOCK_ROWS,
  type BlockShuffle,
  blockOrder,
  deriveSeed,
  identityOrder,
  SHUFFLED_BLOCKS,
  trainingOrder,
} from '../../base/random';
import { backendDescription } from '../backend/describe';
import { type EncodedData, windowRows } from '../data/encoded';
import { InterruptedError, isInterrupted, yieldToEventLoop } from '../interrupt';
import type { Callback, EndState, EpochLog, TrainingContext } from './callbacks/callback';
import { createEngine, type GraphMode } from './engines/create';
import type { ChunkResult, TrainingEngine } from './engines/engine';
import { EpochMeter } from './epoch-meter';
import { TrainingHistory } from './history';
import type { Measurement } from './measurement';
import { epochLine, Progress } from './progress';
import { FitRecorder } from './provenance';
import type { TrainingState } from './state';
import type { TrainingProgram } from './step';

/** A training, fully specified and checked. */
export interface TrainingJob {
  program: TrainingProgram;
  data: EncodedData;
  validation?: EncodedData;
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
  title: string;
  /** Show the curves while they grow. */
  live: boolean;
  /** Print a line an epoch. */
  verbose: boolean;
  /** `sync` brings the network's weights up to date, which lag behind while a graph trains. */
  onStart?(history: TrainingHistory, sync: () => void): void;
}

/**
 * Trains. The curves and the history exist from the start and stay whatever happens.
 * @throws InterruptedError when the user interrupts: weights and history of the steps done are kept.
 * @throws TrainingError when the loss is no longer a number.
 */
export async function runTraining(job: TrainingJob): Promise<TrainingHistory> {
  const { program, data, batchSize, epochs, callbacks } = job;
  const stepsPerEpoch = Math.ceil(data.rows / batchSize);
  const facts = { title: job.title, seed: job.seed, rows: data.rows, batchSize, epochs };
  const recorder = FitRecorder.start(facts, () => program.network.weights);
  const engine = await createEngine({
    program,
    data,
    batchSize,
    epochs,
    seed: deriveSeed(job.seed, 'random ops'),
    graph: job.graph,
    callbacks: callbacks.length > 0,
    announce: (message) => {
      if (job.verbose) console.log(message);
    },
  });
  const runtime = () => `${engine.description}, ${backendDescription()}`;
  const progress = new Progress(
    {
      version: 1,
      title: job.title,
      state: 'running',
      epochs,
      stepsPerEpoch,
      batchSize,
      runtime: runtime(),
      steps: { step: [], values: {} },
      epochLog: { epoch: [], seconds: [], training: {}, validation: {} },
    },
    job.live,
  );
  const history = new TrainingHistory(progress.output, progress.handle);
  job.onStart?.(history, () => engine.sync());
  const loop = new TrainingLoop(job, engine, progress, runtime, stepsPerEpoch, recorder);
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
    for (let epoch = 1; epoch <= epochs && !loop.stopReason; epoch++) await loop.epoch(epoch);
  });
  await attempt(() => engine.sync());
  await attempt(() => engine.dispose());
  for (const callback of callbacks) await attempt(() => callback.onTrainEnd?.(loop.context, state));
  await attempt(() => progress.finish(state));
  await attempt(() => recorder?.finish(state, progress.output));
  if (failure !== undefined) throw failure;
  if (loop.stopReason && job.verbose) console.log(`stopped: ${loop.stopReason}`);
  if (job.verbose) console.log(`steps ran as: ${runtime()}`);
  return history;
}

class TrainingLoop {
  /** Steps of this fit. */
  private stepsHere = 0;
  stopReason: string | undefined;
  readonly context: TrainingContext;
  private readonly epochsBefore: number;

  constructor(
    private readonly job: TrainingJob,
    private readonly engine: TrainingEngine,
    private readonly progress: Progress,
    private readonly runtime: () => string,
    private readonly stepsPerEpoch: number,
    private readonly recorder?: FitRecorder,
  ) {
    this.epochsBefore = job.state.epochs;
    const { network, optimizer } = job.program;
    const modes = { loss: 'min' as const, ...job.measurement.modes };
    const steps = optimizer.iterations.dataSync()[0];
    const loop = this;
    this.context = {
      epochsBefore: this.epochsBefore,
      get network() {
        engine.sync();
        return network;
      },
      epochs: job.epochs,
      stepsPerEpoch,
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

  async epoch(epoch: number): Promise<void> {
    const { job, engine, progress } = this;
    const start = performance.now();
    for (const callback of job.callbacks) await callback.onEpochBegin?.(epoch, this.context);
    const order = this.order(epoch);
    this.recorder?.order(order);
    const meter = new EpochMeter(job.data, order, job.batchSize, job.measurement);
    engine.startEpoch(order);
    let stepInEpoch = 0;
    for (;;) {
      const before = (epoch - 1) * this.stepsPerEpoch + stepInEpoch;
      await engine.ready();
      const chunk = await engine.run(
        Math.min(this.stepsPerEpoch - stepInEpoch, stepsToCallback(before, job.callbacks)),
      );
      if (chunk.steps === 0) break;
      this.takeChunk(chunk, meter, epoch, stepInEpoch);
      stepInEpoch += chunk.steps;
      this.stepsHere += chunk.steps;
      const step = before + chunk.steps;
      if (progress.wantsPoint(step)) progress.point(step, meter.values());
      progress.setRuntime(this.runtime());
      for (const callback of job.callbacks) {
        if (step % (callback.everySteps ?? 1)) continue;
        await callback.onStepEnd?.({ step, epoch, loss: meter.loss }, this.context);
      }
      await yieldToEventLoop();
      if (isInterrupted())
        throw new InterruptedError(
          `Interrupted in epoch ${epoch}, step ${stepInEpoch} of ${this.stepsPerEpoch}. Weights and history are kept.`,
        );
      if (stepInEpoch >= this.stepsPerEpoch) break;
    }
    if (this.weightsAreRead) engine.sync();
    await yieldToEventLoop();
    job.state.epochs++;
    await this.endEpoch(epoch, meter, start);
  }

  /** Whether anyone may look at the weights between two epochs: bringing them back costs time in proportion to the tables. */
  private get weightsAreRead(): boolean {
    const { validation, callbacks } = this.job;
    return validation !== undefined || callbacks.some(({ onEpochBegin, onEpochEnd }) => onEpochBegin || onEpochEnd);
  }

  private takeChunk(chunk: ChunkResult, meter: EpochMeter, epoch: number, stepInEpoch: number): void {
    const bad = meter.add(chunk);
    if (bad >= 0) throw meter.diverged(epoch, stepInEpoch + bad + 1, this.context.learningRate);
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
function stepsToCallback(done: number, callbacks: readonly Callback[]): number {
  return Math.min(...callbacks.map(({ everySteps }) => (everySteps ? everySteps - (done % everySteps) : Infinity)));
}

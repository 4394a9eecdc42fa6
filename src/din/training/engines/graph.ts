import { identityOrder } from '../../../base/random';
import { withXlaCache } from '../../backend/xla-cache';
import { type EncodedData, readWindow } from '../../data/encoded';
import { DataError } from '../../errors';
import { type NodeBackend, nodeBackend } from '../../graph/binding';
import { seedOfOps } from '../../graph/randomness';
import { GraphRefused } from '../../graph/refused';
import { scalarVariable } from '../../graph/tables/stateless-rule';
import { yieldToEventLoop } from '../../interrupt';
import { validateIds } from '../validate-ids';
import { type BuildOptions, buildTrainingGraph, type Entry, type TrainingGraph } from './build';
import type { ChunkResult, TrainingEngine } from './engine';

export interface GraphEngineOptions extends BuildOptions {
  /** Steps that a fit had taken when it was stopped, where it is resumed: the step after which XLA takes over is the fit's. */
  stepsHere?: number;
  /** Called before a call that blocks for seconds (XLA compiling), with a sentence for people. */
  announce?: (message: string) => void;
}

/** A call lasts about this long: short enough for curves and interrupts, long enough to hide the call's own cost. */
const CALL_MS = 15;
/** Steps that `auto` runs before XLA compiles, so that curves begin at once: a fixed number, so that runs are reproducible to the bit. */
const STEPS_BEFORE_XLA = 16;

const EMPTY: ChunkResult = { steps: 0, rows: 0, losses: new Float32Array(0), outputs: new Float32Array(0) };

/** Runs training steps as one TensorFlow graph: data, weights and optimizer live in its session, a call runs many steps. */
export class GraphEngine implements TrainingEngine {
  readonly eager = false;
  private readonly backend: NodeBackend = nodeBackend();
  private readonly data: EncodedData;
  private readonly batchSize: number;
  private xla: boolean;
  private note: string;
  /** Rows that the session holds, from this place of the epoch's order on. */
  private block = { start: 0, rows: 0 };
  private order: Int32Array = new Int32Array(0);
  /** Place in the epoch's order. */
  private position = 0;
  /** Steps that the session has plans for. */
  private planned = 0;
  /** Steps of this fit. */
  private stepsHere: number;
  private stepsPerCall = 1;
  /** The session's weights are ahead of the network's. */
  private dirty = false;
  /** The learning rate that the session knows. */
  private rate: { changes: number; dataId: object };
  /** The graph can follow a schedule. */
  private readonly byClock: boolean;
  /** XLA has compiled the loop. */
  private compiled = false;

  /**
   * @throws GraphRefused where the step cannot become a graph: train eagerly then, and say why.
   * @throws DataError for an id outside its table.
   */
  static async create(options: GraphEngineOptions): Promise<GraphEngine> {
    nodeBackend();
    validateIds(options.data);
    const stepsDone = options.program.optimizer.iterations.dataSync()[0];
    const graph = await buildTrainingGraph(options, stepsDone);
    await yieldToEventLoop();
    const engine = new GraphEngine(options, graph, stepsDone);
    await engine.prepare();
    return engine;
  }

  private constructor(
    private readonly options: GraphEngineOptions,
    private readonly graph: TrainingGraph,
    /** Steps of the whole training so far. */
    private steps: number,
  ) {
    this.data = options.data;
    this.batchSize = options.batchSize;
    this.xla = graph.xla;
    const { changes, learningRate, byClock } = options.program.optimizer;
    this.rate = { changes, dataId: learningRate.dataId };
    this.byClock = byClock;
    this.note = graph.note;
    this.stepsHere = options.stepsHere ?? 0;
  }

  /** Brings data and weights into the session. @throws GraphRefused where TensorFlow cannot run the steps. */
  private async prepare(): Promise<void> {
    if (!this.inBlocks) this.loadData();
    await yieldToEventLoop();
    const { session, seed } = this.graph;
    await withBreaks(this.push());
    session.watch(() => atOnce(this.pull()));
    if (seed) session.set(seed, Int32Array.of(seedOfOps(this.options.seed)));
    await yieldToEventLoop();
    await this.rehearse();
  }

  /**
   * Runs a loop for no steps: TensorFlow looks for the ops' kernels only when a graph first runs.
   * @throws GraphRefused where it finds none.
   */
  private async rehearse(): Promise<void> {
    try {
      // The partial batch's loop has the same ops: where the whole one runs, it does.
      this.runSteps(this.graph.loops.full ? 'full' : 'rest', 0, 0);
      await yieldToEventLoop();
      this.dirty = false;
    } catch (error) {
      this.dispose();
      throw new GraphRefused(`TensorFlow cannot run the graph: ${firstLine(error)}`);
    }
  }

  /** Steps draw random numbers (dropout): other ones than eager steps do. */
  get random(): boolean {
    return this.graph.random;
  }

  /** Whether the step is still what the graph was made of. False also where it has become one that no graph can be made of. */
  async isCurrent(): Promise<boolean> {
    try {
      return await this.graph.isCurrent();
    } catch (error) {
      if (error instanceof GraphRefused) return false;
      throw error;
    }
  }

  get description(): string {
    const how = this.compiled ? 'graph + XLA' : 'graph';
    return `${how}${this.note}, ${this.stepsPerCall} step${this.stepsPerCall > 1 ? 's' : ''} a call`;
  }

  startEpoch(order: Int32Array, position = 0): void {
    this.order = order;
    this.position = position;
    if (this.inBlocks) {
      this.block = { start: position, rows: 0 };
    } else {
      this.block = { start: 0, rows: order.length };
      this.graph.session.set(this.graph.resident.order, order);
    }
  }

  run(maxSteps: number): ChunkResult {
    const { batchSize } = this;
    const left = this.order.length - this.position;
    if (left <= 0 || maxSteps < 1) return EMPTY;
    this.takeRate();
    if (this.graph.session.outdated) atOnce(this.restart());
    if (this.steps >= this.planned) this.plan();
    if (this.position >= this.block.start + this.block.rows) this.nextBlock();
    const full = Math.floor((this.block.start + this.block.rows - this.position) / batchSize);
    return full ? this.runFull(Math.min(maxSteps, full)) : this.runSteps('rest', 1, left);
  }

  async bringBack(): Promise<void> {
    await withBreaks(this.pull());
  }

  async settle(): Promise<void> {
    await withBreaks(this.restart());
  }

  private *pull(): Generator<void> {
    if (!this.dirty) return;
    yield* this.graph.session.pull(this.graph.clock.placeOf(this.steps + 1));
    // Someone who would not wait has done it all.
    if (!this.dirty) return;
    this.dirty = false;
    const { optimizer } = this.options.program;
    if (optimizer.scheduled && this.steps) {
      optimizer.showRate(this.steps);
      this.knowRate();
      // What is shown to people is no weight that someone assigned: the session has the schedule.
      this.graph.session.accept(optimizer.learningRate);
    }
  }

  /** Weights go to the network and back: what others assigned to it is taken over, and tables are up to date. */
  private *restart(): Generator<void> {
    // A plan that is made now has the rate that was set last: so has one that is made anew after a checkpoint, to the bit.
    this.takeRate();
    yield* this.pull();
    yield* this.push();
  }

  private *push(): Generator<void> {
    const { session, groups, clock } = this.graph;
    for (const { rule } of groups) rule.moveTo(this.steps);
    yield* session.push(clock.placeOf(this.steps));
    this.setRates();
    this.planned = clock.periodEnd(this.steps);
  }

  /** The session learns what the next period's steps need. */
  private plan(): void {
    const { session, groups, clock } = this.graph;
    for (const group of groups) {
      group.rule.moveTo(this.steps);
      if (group.rule.variables.length) session.setRule(group);
    }
    this.setRates();
    this.planned = clock.periodEnd(this.steps);
  }

  setLearningRate(learningRate: number): void {
    this.options.program.optimizer.setLearningRate(learningRate);
  }

  /** Takes over the learning rate, whoever set it: by `setLearningRate`, by the optimizer's own, by assigning its variable. */
  private takeRate(): void {
    const { optimizer } = this.options.program;
    const { session, groups, rates } = this.graph;
    const { learningRate } = optimizer;
    if (optimizer.changes === this.rate.changes) {
      if (learningRate.dataId === this.rate.dataId) return;
      optimizer.setLearningRate(learningRate.dataSync()[0]);
    }
    if (optimizer.scheduled && !this.byClock) {
      throw new DataError('A schedule cannot begin in the middle of a fit: give it to the optimizer before.');
    }
    this.knowRate();
    if (session.has(learningRate)) {
      session.set(scalarVariable(learningRate.name), Float32Array.of(optimizer.rateOf(this.steps + 1)));
    }
    session.accept(learningRate);
    if (rates) this.setRates();
    for (const group of groups) {
      const change = group.rule.setLearningRate((step) => optimizer.rateOf(step), this.steps);
      if (change) {
        session.changeRule(group, change);
        this.planned = Math.min(this.planned, this.steps + change.steps);
      } else if (group.rule.variables.length) session.setRule(group);
    }
  }

  private knowRate(): void {
    const { changes, learningRate } = this.options.program.optimizer;
    this.rate = { changes, dataId: learningRate.dataId };
  }

  /** The schedule of the present period, by the steps' places. */
  private setRates(): void {
    const { rates, clock, session } = this.graph;
    if (!rates) return;
    const { optimizer } = this.options.program;
    const values = new Float32Array(clock.places);
    const first = clock.periodStart(this.steps) + 1;
    for (let step = first; step < first + clock.period; step++) values[clock.placeOf(step)] = optimizer.rateOf(step);
    session.set(rates, values);
  }

  dispose(): void {
    this.graph.session.dispose();
  }

  private get inBlocks(): boolean {
    return this.data.stream !== undefined || this.graph.resident.rows < this.data.rows;
  }

  private loadData(rows?: Int32Array): void {
    this.graph.session.setData(this.graph.resident.values(this.data, rows));
  }

  private nextBlock(): void {
    const rows = this.order.subarray(this.position, this.position + this.graph.resident.rows);
    this.loadData(rows);
    this.beginBlock(rows.length);
  }

  async ready(): Promise<void> {
    // First: a rate of the optimizer's is no weight that was assigned.
    this.takeRate();
    if (this.graph.session.outdated) await withBreaks(this.restart());
    const { block, position, order } = this;
    if (this.data.stream && position < order.length && position >= block.start + block.rows) await this.fetchBlock();
  }

  /** The next block of streamed rows. */
  private async fetchBlock(): Promise<void> {
    const { resident, session, checked } = this.graph;
    const block = await readWindow(this.data, this.order, this.position, resident.rows);
    validateIds(checked(block));
    session.setData(resident.values(block));
    this.beginBlock(block.rows);
  }

  private beginBlock(rows: number): void {
    this.graph.session.set(this.graph.resident.order, identityOrder(this.graph.resident.rows));
    this.block = { start: this.position, rows };
  }

  private runFull(most: number): ChunkResult {
    const { batchSize } = this;
    const loop = this.graph.loops.full!;
    let steps = Math.min(most, this.stepsPerCall, loop.capacity, this.planned - this.steps);
    const before = this.options.mode === 'xla' ? 0 : STEPS_BEFORE_XLA;
    if (!this.xla || this.stepsHere < before) {
      if (this.xla) steps = Math.min(steps, before - this.stepsHere);
      return this.timed(() => this.runSteps('full', steps, batchSize), steps, loop.capacity);
    }
    if (this.compiled) return this.timed(() => this.runSteps('fullXla', steps, batchSize), steps, loop.capacity);
    return this.compileAndRun(steps);
  }

  /** The first call of the compiled loop compiles it: announced, because it takes seconds. */
  private compileAndRun(steps: number): ChunkResult {
    // A session that an earlier training of an equal network has left is compiled already.
    const compiles = !this.graph.session.hasRun('fullXla');
    if (compiles) this.options.announce?.('XLA compiles the training step, once; this takes a few seconds.');
    try {
      const run = () => this.runSteps('fullXla', steps, this.batchSize);
      const result = compiles ? withXlaCache(run) : run();
      this.compiled = true;
      return result;
    } catch (error) {
      this.xla = false;
      this.note = ` (XLA refused: ${firstLine(error)})`;
      return this.runSteps('full', steps, this.batchSize);
    }
  }

  /** Adapts the number of steps of the next call to how long this one takes. */
  private timed(run: () => ChunkResult, steps: number, capacity: number): ChunkResult {
    const start = performance.now();
    const result = run();
    const wanted = Math.round((CALL_MS * steps) / Math.max(performance.now() - start, 0.01));
    this.stepsPerCall = Math.max(1, Math.min(wanted, 4 * this.stepsPerCall, capacity));
    return result;
  }

  private runSteps(entry: Entry, steps: number, batchSize: number): ChunkResult {
    const { binding } = this.backend;
    const { recordSize } = this.graph.loops[entry]!;
    const place = this.graph.clock.placeOf(this.steps + 1);
    const values = [steps, this.position - this.block.start, place, this.steps + 1];
    const args = values.map((value) => binding.createTensor([], 3, Int32Array.of(value)));
    this.dirty = true;
    let records: Float32Array;
    try {
      const [{ id }] = this.graph.session.run(entry, args);
      records = binding.tensorDataSync(id) as Float32Array;
      binding.deleteTensor(id);
    } finally {
      for (const id of args) binding.deleteTensor(id);
    }
    this.position += steps * batchSize;
    this.steps += steps;
    this.stepsHere += steps;
    return unpackRecords(records, steps, recordSize, steps * batchSize);
  }
}

function unpackRecords(records: Float32Array, steps: number, size: number, rows: number): ChunkResult {
  const losses = new Float32Array(steps);
  const outputs = new Float32Array(steps * (size - 1));
  for (let i = 0; i < steps; i++) {
    losses[i] = records[i * size];
    outputs.set(records.subarray(i * size + 1, (i + 1) * size), i * (size - 1));
  }
  return { steps, rows, losses, outputs };
}

/** Runs to the end what others may work between. */
function atOnce(work: Generator<void>): void {
  while (!work.next().done);
}

async function withBreaks(work: Generator<void>): Promise<void> {
  while (!work.next().done) await yieldToEventLoop();
}

const firstLine = (error: unknown): string =>
  String((error as Error).message ?? error)
    .split('\n')[0]
    .slice(0, 200);

import { withVariablesRestored } from '../../graph/trace';
import type { ChunkResult, TrainingEngine } from './engine';

/** Steps that are computed twice when a graph begins: the second one sees the first one's update. */
const STEPS = 2;

/** An engine that others can be compared with. */
interface Verifiable extends TrainingEngine {
  /** Steps draw random numbers of their own: what they compute cannot be compared, only what they are made of. */
  readonly random: boolean;
  isCurrent(): Promise<boolean>;
}

/** An engine that can begin in the middle of an epoch. */
interface Reference extends TrainingEngine {
  startEpoch(order: Int32Array, position?: number): void;
}

/**
 * A graph whose first real steps are computed op by op as well, and which is traced anew where an epoch begins after callbacks
 * could change something: a graph holds the numbers that a layer, its gradient, a loss or a regularizer took from JavaScript as they
 * were when it was recorded, and what changed need not show in the next step's loss. Steps that draw random numbers (dropout), and such
 * as would take seconds op by op, are only traced anew. Where the two differ, the graph is given up before any of its results is used,
 * and training goes on op by op.
 */
export class VerifiedEngine implements TrainingEngine {
  private engine: TrainingEngine;
  private order: Int32Array = new Int32Array(0);
  private position = 0;
  /** Steps that are still to be compared. */
  private pending = STEPS;
  /** The step is to be traced anew before it goes on. */
  private suspect = false;
  private epochs = 0;

  constructor(
    private readonly graph: Verifiable,
    private readonly batchSize: number,
    private readonly options: {
      reference: () => Reference;
      /** The first steps are compared. */
      compared: boolean;
      /** Someone may change numbers between two epochs. */
      again: boolean;
      announce: (message: string) => void;
    },
  ) {
    this.engine = graph;
    if (graph.random || !options.compared) this.pending = 0;
  }

  get description(): string {
    return this.engine.description;
  }

  get eager(): boolean {
    return this.engine.eager;
  }

  startEpoch(order: Int32Array, position = 0): void {
    this.order = order;
    this.position = position;
    // What `onTrainBegin` changed shows in the first steps, where they are compared.
    if (this.options.again && this.engine === this.graph) this.suspect = this.epochs > 0 || this.pending === 0;
    this.epochs++;
    this.engine.startEpoch(order, position);
  }

  async ready(): Promise<void> {
    await this.engine.ready();
  }

  async run(maxSteps: number): Promise<ChunkResult> {
    if (this.suspect) {
      this.suspect = false;
      await this.graph.bringBack();
      if (!(await this.graph.isCurrent())) {
        await this.goOnWith(this.options.reference(), 'a layer or the loss has changed since');
      }
    }
    const left = Math.ceil((this.order.length - this.position) / this.batchSize);
    const chunk =
      this.pending && this.engine === this.graph && maxSteps > 0 && left > 0
        ? await this.compared(Math.min(this.pending, maxSteps, left))
        : await this.engine.run(maxSteps);
    this.position += chunk.rows;
    return chunk;
  }

  private async compared(steps: number): Promise<ChunkResult> {
    this.pending -= steps;
    await this.graph.bringBack();
    const reference = this.options.reference();
    const expected: ChunkResult[] = [];
    let failure: unknown;
    try {
      reference.startEpoch(this.order, this.position);
      await reference.ready();
      withVariablesRestored(() => {
        for (let i = 0; i < steps; i++) expected.push(reference.run(1) as ChunkResult);
      });
    } catch (error) {
      failure = error;
    }
    const found: ChunkResult[] = [];
    for (let done = 0; done < steps; done += found.at(-1)!.steps) {
      await this.graph.ready();
      found.push(await this.graph.run(1));
    }
    // What is wrong both ways, the graph has said in its own words.
    if (failure !== undefined) throw failure;
    const difference = firstDifference(expected, found);
    if (!difference) {
      reference.dispose();
      return joined(found);
    }
    await this.goOnWith(reference, difference);
    return reference.run(steps) as ChunkResult;
  }

  private async goOnWith(reference: Reference, difference: string): Promise<void> {
    this.options.announce(
      `Training goes on op by op (eager), because a graph of the step computes something else: ${difference}. ` +
        'Does a layer or the loss use a number that changes? A graph holds it as it was; keep it in a tf.Variable.',
    );
    this.graph.dispose();
    this.engine = reference;
    reference.startEpoch(this.order, this.position);
    await reference.ready();
  }

  bringBack(): Promise<void> {
    return this.engine.bringBack();
  }

  settle(): Promise<void> {
    return this.engine.settle();
  }

  setLearningRate(learningRate: number): void {
    this.engine.setLearningRate(learningRate);
  }

  dispose(): void {
    this.engine.dispose();
  }
}

/** Float32 sums in another order differ by about 1e-6; after an update, where gradients are nearly 0, by more. */
const TOLERANCE = [1e-4, 1e-2];

function firstDifference(expected: readonly ChunkResult[], found: readonly ChunkResult[]): string | undefined {
  for (const [i, step] of expected.entries()) {
    const tolerance = TOLERANCE[Math.min(i, 1)];
    const [a, b] = [step.losses[0], found[i].losses[0]];
    // What is no number is so both ways, and told as a divergence.
    if (Number.isFinite(a) !== Number.isFinite(b) || Math.abs(a - b) > tolerance * Math.max(1e-3, Math.abs(a))) {
      return `loss ${b} in place of ${a} in its step ${i + 1}`;
    }
    if (!Number.isFinite(a)) return undefined;
    const scale = step.outputs.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const worst = step.outputs.findIndex((value, k) => Math.abs(value - found[i].outputs[k]) > tolerance * scale);
    if (worst >= 0) return `output ${found[i].outputs[worst]} in place of ${step.outputs[worst]} in its step ${i + 1}`;
  }
  return undefined;
}

function joined(chunks: readonly ChunkResult[]): ChunkResult {
  const join = (parts: readonly Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));
  return {
    steps: chunks.reduce((sum, { steps }) => sum + steps, 0),
    rows: chunks.reduce((sum, { rows }) => sum + rows, 0),
    losses: join(chunks.map(({ losses }) => losses)),
    outputs: join(chunks.map(({ outputs }) => outputs)),
  };
}

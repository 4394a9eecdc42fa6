/** What a chunk of training steps gave, in the order of the epoch's permutation. */
export interface ChunkResult {
  steps: number;
  rows: number;
  /** Mean loss of each step, `[steps]`. */
  losses: Float32Array;
  /** The outputs' raw values (logits) of each row, before that step's update, `[rows * width of all outputs]`. */
  outputs: Float32Array;
}

/**
 * Runs training steps. `fit` owns epochs, shuffling, metrics, callbacks, interruption and display;
 * an engine owns only how a step is computed: op by op (eager) or as a TensorFlow graph.
 */
export interface TrainingEngine {
  /** For people: `eager`, `graph + XLA, 50 steps a call`. May change between chunks. */
  readonly description: string;
  /** Steps run op by op. May change between chunks. */
  readonly eager: boolean;
  /**
   * `order` is a permutation of the rows; steps take consecutive slices of batchSize, the last may be smaller.
   * @param position rows that were trained before, where a training is resumed.
   */
  startEpoch(order: Int32Array, position?: number): void;
  /** Resolves when the next step can run: streamed rows are read now, weights that others assigned are taken over. To be awaited before each `run`. */
  ready(): Promise<void>;
  /** Runs the next steps of the epoch, at most `maxSteps`, fewer to stay within 10 to 20 ms; 0 steps = epoch finished. */
  run(maxSteps: number): ChunkResult | Promise<ChunkResult>;
  /**
   * Brings the network's variables and the optimizer's slots up to date, letting others work in between where it takes long.
   * Who reads one before has it all done at once.
   */
  bringBack(): Promise<void>;
  /** As `bringBack`, and goes on from what everybody sees now: a training that is resumed from there takes the same steps to the bit. */
  settle(): Promise<void>;
  setLearningRate(learningRate: number): void;
  dispose(): void;
}

/** Values by metric name (`loss`, `accuracy`, `auc`, `aucPr`, ...), one array entry a point; null where not measured. */
export type MetricSeries = { [metric: string]: (number | null)[] };

/** A training run, complete: what `application/vnd.dinnb.training+json` holds and a report is drawn from. */
export interface TrainingOutput {
  version: 1;
  /** Name of the model, for the heading. */
  title: string;
  state: 'running' | 'done' | 'interrupted' | 'failed';
  epochs: number;
  stepsPerEpoch: number;
  batchSize: number;
  /** What ran the steps, in words: `eager, native TensorFlow 2.21.0`, `graph + XLA, 50 steps a call`. */
  runtime: string;
  /** While it runs: seconds that the steps that are left will take, where that is known. */
  secondsLeft?: number;
  /** Running training values by global step (1 = first step of the run), the mean since the epoch began. */
  steps: { step: number[]; values: MetricSeries };
  /** One entry per finished epoch (1-based). */
  epochLog: { epoch: number[]; seconds: number[]; training: MetricSeries; validation: MetricSeries };
}

/** A live change of a TrainingOutput: points to add at the end, and scalars that changed. */
export interface TrainingPatch {
  state?: TrainingOutput['state'];
  runtime?: string;
  secondsLeft?: number;
  steps?: TrainingOutput['steps'];
  epochLog?: TrainingOutput['epochLog'];
}

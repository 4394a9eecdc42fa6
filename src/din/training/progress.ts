import { type DisplayHandle, showBundle } from '../../outputs/display';
import { MIME_TRAINING } from '../../outputs/mime';
import type { MetricSeries, TrainingOutput, TrainingPatch } from '../../outputs/training';
import { trainingBundle } from '../../outputs/training-view';
import type { EpochLog } from './callbacks/callback';

/** Milliseconds between live messages. */
const patchInterval = 100;
/** Points of the running curves an epoch: as many as a screen can show. */
const pointsPerEpoch = 200;

type Values = Record<string, number>;

/** Keeps a run's curves, and shows them growing. */
export class Progress {
  /** The figure that grows; undefined where nothing is shown. */
  readonly handle: DisplayHandle | undefined;
  private pending: TrainingOutput['steps'] = { step: [], values: {} };
  private nextPoint = 0;
  private lastPatch = 0;

  constructor(
    readonly output: TrainingOutput,
    live: boolean,
  ) {
    this.nextPoint = output.steps.step.at(-1) ?? 0;
    if (live) this.handle = showBundle(trainingBundle(output));
  }

  /** True when the curves want a point at this global step. */
  wantsPoint(step: number): boolean {
    return step >= this.nextPoint || step % this.output.stepsPerEpoch === 0;
  }

  /** @param secondsLeft that the training will take. */
  point(step: number, values: Values, secondsLeft: number): void {
    this.output.secondsLeft = Number.isFinite(secondsLeft) ? secondsLeft : undefined;
    addPoint(this.output.steps.values, this.output.steps.step.length, values);
    this.output.steps.step.push(step);
    addPoint(this.pending.values, this.pending.step.length, values);
    this.pending.step.push(step);
    this.nextPoint = step + this.output.stepsPerEpoch / pointsPerEpoch;
    this.patch();
  }

  epoch(log: EpochLog): void {
    const { epochLog } = this.output;
    const index = epochLog.epoch.length;
    addPoint(epochLog.training, index, log.training);
    if (log.validation) addPoint(epochLog.validation, index, log.validation);
    epochLog.epoch.push(log.epoch);
    epochLog.seconds.push(log.seconds);
    this.update();
  }

  setRuntime(runtime: string): void {
    if (runtime === this.output.runtime) return;
    this.output.runtime = runtime;
    this.handle?.append(MIME_TRAINING, { runtime } satisfies TrainingPatch);
  }

  finish(state: TrainingOutput['state']): void {
    this.output.state = state;
    this.output.secondsLeft = undefined;
    this.update();
  }

  /** Live renderers get small changes; all else is told by `update`. */
  private patch(): void {
    const now = performance.now();
    if (!this.handle || now - this.lastPatch < patchInterval) return;
    this.lastPatch = now;
    const { secondsLeft } = this.output;
    this.handle.append(MIME_TRAINING, { steps: this.pending, secondsLeft } satisfies TrainingPatch);
    this.pending = { step: [], values: {} };
  }

  private update(): void {
    this.pending = { step: [], values: {} };
    this.handle?.update(trainingBundle(this.output));
  }
}

/** Values that are no numbers become null: JSON has no NaN. A metric that is new had null before. */
function addPoint(series: MetricSeries, length: number, values: Values): void {
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(series, name)) series[name] = new Array(length).fill(null);
    series[name].push(Number.isFinite(value) ? value : null);
  }
}

/** Characters that an output is wide enough for. */
const lineWidth = 100;

/**
 * One line an epoch: `epoch 1/5  1.9 s  loss 0.6931  auc 0.5930  |  validation loss 0.69  auc 0.59`; what would be wider has its
 * validation in a line of its own, so that nothing runs off the edge.
 */
export function epochLine(log: EpochLog, epochs: number): string {
  const list = (values: Values) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${Number.isNaN(value) ? '-' : value.toFixed(4)}`)
      .join('  ');
  const head = `epoch ${log.epoch}/${epochs}  `;
  const training = `${head}${log.seconds.toFixed(1)} s  ${list(log.training)}`;
  if (!log.validation) return training;
  const validation = `validation ${list(log.validation)}`;
  const line = `${training}  |  ${validation}`;
  return line.length <= lineWidth ? line : `${training}\n${' '.repeat(head.length)}${validation}`;
}

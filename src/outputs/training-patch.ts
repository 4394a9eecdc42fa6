import { compactSteps, STEP_LIMIT } from './decimate';
import type { MetricSeries, TrainingOutput, TrainingPatch } from './training';

type Steps = TrainingOutput['steps'];
type EpochLog = TrainingOutput['epochLog'];

function tail<T>(values: readonly T[] | undefined, from: number, length: number): (T | null)[] {
  return Array.from({ length: length - from }, (_, index) => values?.[from + index] ?? null);
}

/** Adds series at the end; a metric that one side lacks is null there. */
function appendSeries(
  old: MetricSeries,
  added: MetricSeries,
  oldLength: number,
  from: number,
  length: number,
): MetricSeries {
  const joined: MetricSeries = {};
  for (const name of new Set([...Object.keys(old), ...Object.keys(added)])) {
    joined[name] = [...tail(old[name], 0, oldLength), ...tail(added[name], from, length)];
  }
  return joined;
}

/** Index of the first entry that lies after what is known: a point that a full update already brought is not added twice. */
function firstNew(known: readonly number[], added: readonly number[]): number {
  const last = known.at(-1) ?? Number.NEGATIVE_INFINITY;
  const index = added.findIndex((value) => value > last);
  return index < 0 ? added.length : index;
}

function appendSteps(old: Steps, added: Steps): Steps {
  const from = firstNew(old.step, added.step);
  if (from === added.step.length) return old;
  const steps = {
    step: [...old.step, ...added.step.slice(from)],
    values: appendSeries(old.values, added.values, old.step.length, from, added.step.length),
  };
  // Down to half the limit, so that a run at the limit is not compacted again at every patch.
  return steps.step.length > STEP_LIMIT ? compactSteps(steps, STEP_LIMIT / 2) : steps;
}

function appendEpochs(old: EpochLog, added: EpochLog): EpochLog {
  const from = firstNew(old.epoch, added.epoch);
  if (from === added.epoch.length) return old;
  const join = (before: MetricSeries, after: MetricSeries) =>
    appendSeries(before, after, old.epoch.length, from, added.epoch.length);
  return {
    epoch: [...old.epoch, ...added.epoch.slice(from)],
    seconds: [...old.seconds, ...added.seconds.slice(from)],
    training: join(old.training, added.training),
    validation: join(old.validation, added.validation),
  };
}

/**
 * The output after a live change; the old one is left as it was. Points whose step or epoch is not after the last
 * known one are skipped, so patches may overlap a full update. Steps never exceed {@link STEP_LIMIT}.
 */
export function applyTrainingPatch(output: TrainingOutput, patch: TrainingPatch): TrainingOutput {
  return {
    ...output,
    state: patch.state ?? output.state,
    runtime: patch.runtime ?? output.runtime,
    secondsLeft: patch.state && patch.state !== 'running' ? undefined : (patch.secondsLeft ?? output.secondsLeft),
    steps: patch.steps ? appendSteps(output.steps, patch.steps) : output.steps,
    epochLog: patch.epochLog ? appendEpochs(output.epochLog, patch.epochLog) : output.epochLog,
  };
}

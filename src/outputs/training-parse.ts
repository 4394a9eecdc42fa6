import { compactSteps } from './decimate';
import { count, entries, field, measurements, number, numbers, OutputError, oneOf, type Place, text } from './parse';
import type { MetricSeries, TrainingOutput, TrainingPatch } from './training';

const STATES = ['running', 'done', 'interrupted', 'failed'] as const;
/** More curves than this cannot be read, and each costs a plot. */
const METRIC_LIMIT = 40;

function series(place: Place, length: number): MetricSeries {
  const found = entries(place);
  if (found.length > METRIC_LIMIT) {
    throw new OutputError(`${place.path} holds ${found.length} metrics; at most ${METRIC_LIMIT} can be drawn.`);
  }
  const result: MetricSeries = {};
  for (const [name, values] of found) result[name] = measurements(values, length);
  return result;
}

function ascending(place: Place): number[] {
  const values = numbers(place);
  const index = values.findIndex((value, i) => i > 0 && value <= values[i - 1]!);
  if (index > 0) {
    throw new OutputError(
      `${place.path}[${index}] must be greater than the entry before it (${values[index - 1]}), but is ${values[index]}.`,
    );
  }
  return values;
}

function steps(place: Place): TrainingOutput['steps'] {
  const step = ascending(field(place, 'step'));
  return compactSteps({ step, values: series(field(place, 'values'), step.length) });
}

function epochLog(place: Place): TrainingOutput['epochLog'] {
  const epoch = ascending(field(place, 'epoch'));
  return {
    epoch,
    seconds: numbers(field(place, 'seconds'), epoch.length),
    training: series(field(place, 'training'), epoch.length),
    validation: series(field(place, 'validation'), epoch.length),
  };
}

/**
 * Checks data that claims to be `application/vnd.dinnb.training+json`, from a file or a message. Non-finite values
 * become null (not measured), too many steps are compacted.
 *
 * @throws OutputError that names the first wrong place
 */
export function parseTrainingOutput(data: unknown): TrainingOutput {
  const root: Place = { value: data, path: 'training' };
  oneOf(field(root, 'version'), [1]);
  const left = field(root, 'secondsLeft');
  return {
    version: 1,
    title: text(field(root, 'title'), 300),
    state: oneOf(field(root, 'state'), STATES),
    epochs: count(field(root, 'epochs')),
    stepsPerEpoch: number(field(root, 'stepsPerEpoch')),
    batchSize: number(field(root, 'batchSize')),
    runtime: text(field(root, 'runtime'), 500),
    ...(left.value === undefined ? {} : { secondsLeft: number(left) }),
    steps: steps(field(root, 'steps')),
    epochLog: epochLog(field(root, 'epochLog')),
  };
}

/**
 * Checks a live patch in the same way.
 *
 * @throws OutputError that names the first wrong place
 */
export function parseTrainingPatch(data: unknown): TrainingPatch {
  const root: Place = { value: data, path: 'patch' };
  const given = (name: string): Place | undefined => {
    const place = field(root, name);
    return place.value === undefined ? undefined : place;
  };
  const patch: TrainingPatch = {};
  const state = given('state');
  if (state) patch.state = oneOf(state, STATES);
  const runtime = given('runtime');
  if (runtime) patch.runtime = text(runtime, 500);
  const left = given('secondsLeft');
  if (left) patch.secondsLeft = number(left);
  const added = given('steps');
  if (added) patch.steps = steps(added);
  const log = given('epochLog');
  if (log) patch.epochLog = epochLog(log);
  return patch;
}

import type * as tf from '@tensorflow/tfjs';
import { type EncodedData, windowRows } from '../../data/encoded';
import { type Body, contentOf, type SessionVariable, shapeOf, sizeOf } from '../../graph/ir';
import { GraphRefused } from '../../graph/refused';
import type { GraphFunction } from '../../graph/saved-model';
import { TrainingSession } from '../../graph/session';
import { Clock } from '../../graph/tables/clock';
import { tablePlan, type UpdateGroup } from '../../graph/tables/plan';
import { wholeTables } from '../../graph/tables/rules';
import { xlaAvailable, xlaPays } from '../../graph/xla';
import { yieldToEventLoop } from '../../interrupt';
import type { TrainingProgram } from '../step';
import { validateIds } from '../validate-ids';
import { plainEntry, type StepLoop, stepLoop, xlaEntry } from './loop';
import { ResidentData } from './resident';
import { type StepBody, traceStep, zeroBatch } from './trace-step';

/** What a training graph is built for. */
export interface BuildOptions {
  program: TrainingProgram;
  data: EncodedData;
  batchSize: number;
  /** Of the whole training: decides whether compiling pays. */
  epochs: number;
  /** Of random ops (dropout). */
  seed: number;
  /** `auto` (default): XLA where its compile time pays in the steps that remain. `xla`: always. `plain`: never. */
  mode?: 'auto' | 'xla' | 'plain';
  /** Whether the step will be traced anew and compared (`isCurrent`). */
  watched?: boolean;
  /** Data sets larger than this are fed in blocks. Default 1 GiB. */
  residentBytes?: number;
  /** Steps that are planned ahead, and that a table's row may lag behind. Default 16,384. */
  period?: number;
  /** Numbers that a call moves, of tables that are moved in pieces. Default 2^20. */
  piece?: number;
}

/** Loops over training steps: whole batches op by op, the same compiled by XLA, the partial batch at an epoch's end. */
export type Entry = 'full' | 'fullXla' | 'rest';

export interface TrainingGraph {
  session: TrainingSession<Entry>;
  clock: Clock;
  resident: ResidentData;
  groups: readonly UpdateGroup[];
  loops: Partial<Record<Entry, StepLoop>>;
  xla: boolean;
  /** Why there is no XLA although it was asked for, or no deferred updates although there are tables. */
  note: string;
  /** The learning rate by the clock, where the optimizer follows (or followed) a schedule and a step reads it. */
  rates: SessionVariable | undefined;
  /** `[]` int32: what random ops draw from, where there are any. */
  seed: SessionVariable | undefined;
  /** Steps draw random numbers. */
  random: boolean;
  /** Whether the step, traced anew, is the same as before: layers and the loss take the same numbers from JavaScript. */
  isCurrent: () => Promise<boolean>;
  /** A block of streamed data with the limits of its ids. */
  checked: (block: EncodedData) => EncodedData;
}

/** Steps that are planned ahead, and that a table's row may lag behind. */
const PERIOD = 16384;
/** Most steps, rows and output elements a call: what a call returns is as long as the most it may run, used or not. */
const MAX_STEPS_A_CALL = 256;
const MAX_ROWS_A_CALL = 8192;
const MAX_OUTPUTS_A_CALL = 2 ** 18;
/** Of a step: from so many on, threads save more time than they cost (measured with DIN, batches of 128 to 1024). */
const ELEMENTS_FOR_ALL_THREADS = 6e6;

/**
 * Traces the training step for the whole and for the partial batch, and loads both as one session.
 * @throws GraphRefused where the step cannot become a graph.
 */
export async function buildTrainingGraph(options: BuildOptions, stepsDone: number): Promise<TrainingGraph> {
  const { program, data, batchSize, epochs, mode = 'auto', residentBytes = 2 ** 30 } = options;
  const shapes = program.network.inputs.map(({ shape }, i) => data.inputs[i].shape ?? (shape.slice(1) as number[]));
  const resident = residentData(data, batchSize, shapes, residentBytes);
  const learningRate = (step: number) => program.optimizer.rateOf(step);
  const clock = new Clock(options.period ?? PERIOD);
  const choice = tablePlan(program.optimizer, { clock, stepsDone, learningRate, piece: options.piece });
  const tracing = (random: boolean) => ({ plan: choice.plan, random, places: clock.places, pause: yieldToEventLoop });
  const bodies: Partial<Record<'full' | 'rest', StepBody>> = {};
  const rest = data.rows % batchSize;
  if (data.rows >= batchSize) {
    bodies.full = await withZeros(resident, batchSize, (batch) => traceStep(program, batch, tracing(true)));
  }
  if (rest) {
    const random = !bodies.full || bodies.full.step !== undefined;
    bodies.rest = await withZeros(resident, rest, (batch) => traceStep(program, batch, tracing(random)));
  }
  await yieldToEventLoop();
  const main = (bodies.full ?? bodies.rest)!;
  const content = options.watched && contentOf(main.body);
  const isCurrent = async () => {
    const rows = bodies.full ? batchSize : rest;
    const again = await withZeros(resident, rows, (batch) =>
      traceStep(program, batch, tracing(main.step !== undefined)),
    );
    return contentOf(again.body) === content;
  };
  validateIds(withLimits(data, main));
  const steps = Math.ceil(data.rows / batchSize) * epochs;
  const pays = mode === 'xla' || (mode === 'auto' && xlaPays(main.body.nodes.length, elements(main.body), steps));
  const computedIds = main.ids.computed;
  const xla = pays && bodies.full !== undefined && !computedIds && xlaAvailable();
  const { loops, ...parts } = buildEntries(bodies, resident, batchSize, rest, xla);
  const groups = main.groups;
  const threads = elements(main.body) > ELEMENTS_FOR_ALL_THREADS ? 'all' : 'one';
  const session = new TrainingSession({
    ...parts,
    groups,
    own: [resident.order, ...(main.rates ? [main.rates] : []), ...(main.seed ? [main.seed] : [])],
    data: resident.variables,
    threads,
  });
  const why = !bodies.full
    ? 'no XLA, as there is no whole batch'
    : computedIds
      ? 'no XLA, as the step computes ids of a lookup'
      : 'this TensorFlow has no XLA';
  const notes = [mode === 'xla' && !xla ? why : '', wholeTables(program.optimizer)].filter(Boolean);
  const note = notes.length ? ` (${notes.join('; ')})` : '';
  const checked = (block: EncodedData) => withLimits(block, main);
  const { rates, seed } = main;
  const random = seed !== undefined;
  return { session, clock, resident, groups, loops, xla, note, rates, seed, random, isCurrent, checked };
}

/** The inputs with the limits of their ids, as the step's own lookups tell them. */
function withLimits(data: EncodedData, { batch, ids }: StepBody): EncodedData {
  const inputs = data.inputs.map((input, i) => {
    const idLimit = ids.limits.get(batch[i].node);
    return idLimit === undefined ? input : { ...input, idLimit: Math.min(idLimit, input.idLimit ?? idLimit) };
  });
  return { ...data, inputs };
}

/** Runs `body` with a batch of zeros: id 0 is a valid row of any table. */
async function withZeros<T>(data: ResidentData, rows: number, body: (batch: tf.Tensor[]) => Promise<T>): Promise<T> {
  const batch = zeroBatch(data.batchShapes(rows));
  try {
    return await body(batch);
  } finally {
    for (const tensor of batch) tensor.dispose();
  }
}

function residentData(
  data: EncodedData,
  batchSize: number,
  shapes: (readonly number[])[],
  limit: number,
): ResidentData {
  if (data.rows === 0) throw new GraphRefused('there are no rows');
  if (data.stream) {
    const window = windowRows(data.stream.window, batchSize);
    return new ResidentData(data, Math.min(window, data.rows), shapes);
  }
  const all = new ResidentData(data, data.rows, shapes);
  if (all.bytes <= limit) return all;
  const rows = Math.max(batchSize, Math.floor((limit * data.rows) / all.bytes / batchSize) * batchSize);
  return new ResidentData(data, Math.min(rows, data.rows), shapes);
}

/** Elements that all ops of a step give: a measure of the work that is not dispatch. */
function elements(body: Body): number {
  return body.nodes.reduce((sum, { op, outputs }) => {
    const own = op === 'Const' ? [] : outputs;
    return sum + own.reduce((s, { shape }) => s + (shape ? sizeOf(shape) : 0), 0);
  }, 0);
}

function buildEntries(
  bodies: Partial<Record<'full' | 'rest', StepBody>>,
  data: ResidentData,
  batchSize: number,
  rest: number,
  xla: boolean,
) {
  const entries: Partial<Record<Entry, Body>> = {};
  const loops: Partial<Record<Entry, StepLoop>> = {};
  const functions: GraphFunction[] = [];
  const variables = new Map<string, tf.Variable>();
  for (const [name, step] of Object.entries(bodies) as ['full' | 'rest', StepBody][]) {
    for (const [key, variable] of step.variables) variables.set(key, variable);
    const size = name === 'full' ? batchSize : rest;
    const output = sizeOf(shapeOf(step.output));
    const most = Math.min(MAX_STEPS_A_CALL, MAX_ROWS_A_CALL / size, MAX_OUTPUTS_A_CALL / output);
    const capacity = name === 'full' ? Math.max(1, Math.floor(most)) : 1;
    const loop = stepLoop(name, step, data, size, capacity);
    loops[name] = loop;
    entries[name] = plainEntry(loop);
    functions.push(...loop.functions);
    if (name === 'full' && xla) {
      const compiled = xlaEntry(loop);
      loops.fullXla = loop;
      entries.fullXla = compiled.body;
      functions.push(...compiled.functions);
    }
  }
  const written = new Set(Object.values(bodies).flatMap((step) => step.written));
  return { entries: entries as Record<Entry, Body>, functions, variables, written, loops };
}

import * as tf from '@tensorflow/tfjs';
import { DataType, type } from '../../graph/attributes';
import { Emit } from '../../graph/emit';
import { type IdSources, idSources } from '../../graph/id-sources';
import type { Body, Ref, SessionVariable } from '../../graph/ir';
import { assign } from '../../graph/program';
import { replaceRandomness } from '../../graph/randomness';
import type { TablePlan, UpdateGroup } from '../../graph/tables/plan';
import { scalarVariable } from '../../graph/tables/stateless-rule';
import { trace } from '../../graph/trace';
import type { OptimizerState } from '../optimizers/state';
import { type TrainingProgram, trainStep } from '../step';

/** A training step as a body: give it a batch, and it computes the loss and updates the session's variables. */
export interface StepBody {
  body: Body;
  /** Arguments: inputs in the network's order, labels, then the rows' weights, if they have any. */
  batch: Ref[];
  /** `[]`. */
  loss: Ref;
  /** The network's output, `[batch, width]`; several stand side by side. */
  output: Ref;
  /** Argument, `[]` int32: this step's place, see `Clock`. */
  clock?: Ref;
  /** Argument, `[]` int32: number of this step in the whole training; what random ops draw from. */
  step?: Ref;
  groups: UpdateGroup[];
  /** `[places]`: the learning rate by the clock, where it follows (or followed) a schedule and the step reads it. */
  rates?: SessionVariable;
  /** `[]` int32: the seed of random ops, where there are any. */
  seed?: SessionVariable;
  ids: IdSources;
  /** The tfjs variables behind session variables, by name. */
  variables: Map<string, tf.Variable>;
  /** Names of those that the step assigns (table groups aside). */
  written: string[];
}

/** A variable, so that another seed is the same graph. */
const SEED: SessionVariable = { name: 'data/seed', dtype: DataType.int32, shape: [] };

/** How `traceStep` traces. */
export interface StepTracing {
  plan: TablePlan;
  /** False: an earlier trace of the same step at another batch size found nothing random. */
  random: boolean;
  /** Of places. */
  places: number;
  /** Between two traces, which take tens of milliseconds each. */
  pause: () => Promise<void>;
}

/**
 * Traces one training step. Tables that the plan takes leave the optimizer's dense update for the group's own.
 * @param batch tensors of the batch's shapes and of valid values: inputs, labels, weights.
 * @throws GraphRefused
 */
export async function traceStep(
  program: TrainingProgram,
  batch: readonly tf.Tensor[],
  { plan, random, places, pause }: StepTracing,
): Promise<StepBody> {
  const { traced, groups } = record(program, batch, plan);
  const { body, variables } = traced;
  const ids = idSources(body);
  let step: Ref | undefined;
  if (random) {
    await pause();
    const again = record(program, batch, plan).traced;
    await pause();
    const seedRef = () => body.read(SEED);
    replaceRandomness(traced, again, seedRef, () => (step ??= body.argument(DataType.int32, [], 'step')));
  }
  const written = traced.writes.map(({ variable }) => variable.name);
  for (const { variable, value } of traced.writes) assign(body, variable, value);
  const { byClock, learningRate } = program.optimizer;
  const clock = groups.length || byClock ? body.argument(DataType.int32, [], 'clock') : undefined;
  for (const group of groups) group.emitStep(body, clock!);
  // Where all weights are in tables, these alone read the rate.
  const rate = scalarVariable(learningRate.name).name;
  if (body.variables.some(({ name }) => name === rate)) variables.set(rate, learningRate);
  const rates = byClock ? readBySchedule(body, learningRate.name, clock!, places) : undefined;
  const [loss, output] = traced.outputs;
  return {
    body,
    batch: traced.inputs,
    loss,
    output,
    clock,
    step,
    seed: step && SEED,
    groups,
    rates,
    ids,
    variables,
    written,
  };
}

/** What reads the learning rate reads it from a table by the clock: a schedule costs a step one lookup. */
function readBySchedule(body: Body, name: string, clock: Ref, places: number): SessionVariable | undefined {
  const read = body.readOf(scalarVariable(name));
  if (!read) return undefined;
  const rates: SessionVariable = { name: 'optimizer/rates', dtype: DataType.float32, shape: [places] };
  const emit = new Emit(body);
  read.op = 'Reshape';
  read.inputs = [emit.gatherRows(rates, clock), emit.ints([])];
  read.attributes = { T: type(DataType.float32), Tshape: type(DataType.int32) };
  return rates;
}

/** One trace, with the tables taken out of the optimizer's update. */
function record(program: TrainingProgram, batch: readonly tf.Tensor[], plan: TablePlan) {
  const inputs = program.network.inputs.length;
  const labels = inputs + program.network.outputs.length;
  const { decay } = program;
  const { variables } = program.optimizer;
  let groups: UpdateGroup[] = [];
  const traced = trace((context, own) => {
    const optimizer = interceptUpdates(program.optimizer, (gradients) => {
      groups = plan(context, gradients);
      for (const table of groups.flatMap((group) => group.tables)) {
        const rates = decay?.ratesOf(table.variable.name);
        if (rates) table.decay = context.sessionVariable(rates);
      }
      const taken = new Set(groups.flatMap((group) => group.tables.map(({ variable }) => variable.name)));
      const others = gradients.map((gradient, i) => (taken.has(variables[i].name) ? undefined : gradient));
      return decay ? decay.addTo(others, variables, own.slice(0, inputs)) : others;
    });
    const step = { ...program, optimizer, decay: undefined };
    const { loss, output } = trainStep(step, own.slice(0, inputs), own.slice(inputs, labels), own[labels]);
    return [loss, output];
  }, batch);
  return { traced, groups };
}

type Gradients = readonly (tf.Tensor | undefined)[];

/** The optimizer, but for the gradients that `select` holds back. */
function interceptUpdates(state: OptimizerState, select: (gradients: Gradients) => Gradients): OptimizerState {
  return Object.create(state, {
    apply: { value: (gradients: Gradients) => state.apply(select(gradients)) },
  }) as OptimizerState;
}

/** A batch of zeros to trace with: id 0 is a valid row of any table. */
export function zeroBatch(shapes: readonly { shape: number[]; dtype: 'int32' | 'float32' }[]): tf.Tensor[] {
  return shapes.map(({ shape, dtype }) => tf.zeros(shape, dtype));
}

import * as tf from '@tensorflow/tfjs';
import type { OptimizerState } from '../training/optimizers/state';
import { type TrainingProgram, trainStep } from '../training/step';
import { DataType } from './attributes';
import { type IdSources, idSources } from './id-sources';
import type { Body, Ref } from './ir';
import { assign } from './program';
import { replaceRandomness } from './randomness';
import type { TablePlan, UpdateGroup } from './tables/plan';
import { trace } from './trace';

/** A training step as a body: give it a batch, and it computes the loss and updates the session's variables. */
export interface StepBody {
  body: Body;
  /** Arguments: inputs in the network's order, then labels. */
  batch: Ref[];
  /** `[]`. */
  loss: Ref;
  /** The network's output, `[batch, width]`; several stand side by side. */
  output: Ref;
  /** Argument, `[]` int32: number of this step since the tables were last brought up to date, from 1. */
  clock?: Ref;
  /** Argument, `[]` int32: number of this step in the whole training; what random ops draw from. */
  step?: Ref;
  groups: UpdateGroup[];
  ids: IdSources;
  /** The tfjs variables behind session variables, by name. */
  variables: Map<string, tf.Variable>;
  /** Names of those that the step assigns (table groups aside). */
  written: string[];
}

/** How `traceStep` traces. */
export interface StepTracing {
  plan: TablePlan;
  /** Of random ops. */
  seed: number;
  /** False: an earlier trace of the same step at another batch size found nothing random. */
  random: boolean;
  /** Between two traces, which take tens of milliseconds each. */
  pause: () => Promise<void>;
}

/**
 * Traces one training step. Tables that the plan takes leave the optimizer's dense update for the group's own.
 * @param batch tensors of the batch's shapes and of valid values: inputs, then labels.
 * @throws GraphRefused
 */
export async function traceStep(
  program: TrainingProgram,
  batch: readonly tf.Tensor[],
  { plan, seed, random, pause }: StepTracing,
): Promise<StepBody> {
  const { traced, groups } = record(program, batch, plan);
  const { body, variables } = traced;
  const ids = idSources(body);
  let step: Ref | undefined;
  if (random) {
    await pause();
    const again = record(program, batch, plan).traced;
    await pause();
    replaceRandomness(traced, again, seed, () => (step ??= body.argument(DataType.int32, [], 'step')));
  }
  const written = traced.writes.map(({ variable }) => variable.name);
  for (const { variable, value } of traced.writes) assign(body, variable, value);
  const clock = groups.length ? body.argument(DataType.int32, [], 'clock') : undefined;
  for (const group of groups) group.emitStep(body, clock!);
  const [loss, output] = traced.outputs;
  return { body, batch: traced.inputs, loss, output, clock, step, groups, ids, variables, written };
}

/** One trace, with the tables taken out of the optimizer's update. */
function record(program: TrainingProgram, batch: readonly tf.Tensor[], plan: TablePlan) {
  const inputs = program.network.inputs.length;
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
    const { loss, output } = trainStep(step, own.slice(0, inputs), own.slice(inputs));
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

import type * as tf from '@tensorflow/tfjs';
import { idSource } from '../id-sources';
import { GraphRefused } from '../refused';
import type { TraceContext } from '../trace';
import { DenseGroup, type DenseWeight } from './dense-group';
import { type Table, TableGroup } from './group';
import type { TableRule } from './rule';
import { denseRule, type RuleWindow, tableRule, type UpdatedWeights } from './rules';
import { lookups, matchGradients, sparseGradient } from './sparse-gradient';

/** Decides, when the gradients of a step are known, which variables are tables to update row by row. */
export type TablePlan = (context: TraceContext, gradients: readonly (tf.Tensor | undefined)[]) => UpdateGroup[];

/** Variables that are updated together, in place of the optimizer's own ops. */
export type UpdateGroup = TableGroup | DenseGroup;

/** A plan that decides once: the partial batch's step keeps the same tables as the full batch's. */
export interface TableChoice {
  plan: TablePlan;
}

/**
 * Takes variables `[rows, dimension]` that a step reads by row lookups alone and whose gradient comes from those
 * lookups alone, if the optimizer has a rule for tables. Tables of one dimension share a group. A table is taken where
 * it pays: a lookup costs about as much as a dense update of `WORTH` rows, and a dense update of its own as many rows
 * as `DISPATCH` before it has updated the first.
 */
export function tablePlan(state: UpdatedWeights, window: RuleWindow): TableChoice {
  const rules = new Map<string, TableRule>();
  const choice: TableChoice = {
    plan: (context, gradients) => {
      const first = choice.plan;
      const groups = eligibleGroups(state, context, gradients, rules, window, pays);
      const names = new Set(groups.flatMap((group) => group.tables.map(({ variable }) => variable.name)));
      if (first === choice.plan) {
        choice.plan = (c, g) => [...sameTables(state, c, g, rules, window, names), ...denseGroups(state, c, g, names)];
      }
      return [...groups, ...denseGroups(state, context, gradients, names)];
    },
  };
  return choice;
}

/** Larger weights gain nothing: their update costs more than a kernel's start. */
const SMALL = 2 ** 15;

/** The optimizer's small weights, tables aside, as one group; none where it has no rule for them. */
function denseGroups(
  state: UpdatedWeights,
  context: TraceContext,
  gradients: readonly (tf.Tensor | undefined)[],
  tables: ReadonlySet<string>,
): DenseGroup[] {
  const rule = denseRule(state);
  if (!rule) return [];
  const weights = state.variables.flatMap((variable, i): DenseWeight[] => {
    const gradient = gradients[i];
    const fits = variable.dtype === 'float32' && variable.size <= SMALL && !state.tables.has(variable);
    if (!gradient || !fits || tables.has(variable.name)) return [];
    return [{ ...sessionParts(context, variable, state.slots[i]), lookups: [], gradient: context.refOf(gradient) }];
  });
  return weights.length > 1 ? [new DenseGroup('dense', weights, rule)] : [];
}

const WORTH = 4;
const DISPATCH = 100;

/** Lazy rules are another algorithm than dense ones, so that they hold for every table; exact ones only save time. */
function pays(rule: TableRule, { variable, lookups: found }: Table): boolean {
  const count = found.reduce((sum, lookup) => sum + lookup.count, 0);
  return !rule.exact || variable.shape[0] + DISPATCH > WORTH * count;
}

function sameTables(
  state: UpdatedWeights,
  context: TraceContext,
  gradients: readonly (tf.Tensor | undefined)[],
  rules: Map<string, TableRule>,
  window: RuleWindow,
  names: ReadonlySet<string>,
): TableGroup[] {
  const taken = gradients.map((gradient, i) => (names.has(state.variables[i].name) ? gradient : undefined));
  const groups = eligibleGroups(state, context, taken, rules, window);
  const found = groups.reduce((sum, group) => sum + group.tables.length, 0);
  if (found !== names.size)
    throw new GraphRefused('the step uses its embedding tables in another way when it runs again');
  return groups;
}

function eligibleGroups(
  state: UpdatedWeights,
  context: TraceContext,
  gradients: readonly (tf.Tensor | undefined)[],
  rules: Map<string, TableRule>,
  window: RuleWindow,
  worth: (rule: TableRule, table: Table) => boolean = () => true,
): TableGroup[] {
  const byDimension = new Map<number, (Table & { isTable: boolean })[]>();
  state.variables.forEach((variable, i) => {
    const gradient = gradients[i];
    const table = gradient && tableOf(context, variable, gradient, state.slots[i]);
    if (!table) return;
    const dimension = table.variable.shape[1];
    byDimension.set(dimension, [
      ...(byDimension.get(dimension) ?? []),
      { ...table, isTable: state.tables.has(variable) },
    ]);
  });
  return [...byDimension].flatMap(([dimension, tables]) => {
    const name = `tables${dimension}`;
    const rule = rules.get(name) ?? tableRule(state, window, name);
    if (!rule) return [];
    rules.set(name, rule);
    const taken = tables.filter((table) => (table.isTable || !rule.tablesOnly) && worth(rule, table));
    return taken.length ? [new TableGroup(name, taken, rule, window)] : [];
  });
}

function tableOf(
  context: TraceContext,
  variable: tf.Variable,
  gradient: tf.Tensor,
  slots: Record<string, tf.Variable>,
): Table | undefined {
  if (variable.rank !== 2) return undefined;
  const session = context.sessionVariable(variable);
  const read = context.body.readOf(session);
  const found = read && lookups(context.body, read);
  const parts = sparseGradient(context.refOf(gradient));
  if (!found || !parts || !matchGradients(found, parts)) return undefined;
  // Ids that the step computes cannot be checked before: outside their table they would reach another one's rows.
  if (found.some(({ ids }) => !/^(_Arg|Const)$/.test(idSource(ids).op))) return undefined;
  return { ...sessionParts(context, variable, slots), lookups: found };
}

function sessionParts(context: TraceContext, variable: tf.Variable, slots: Record<string, tf.Variable>) {
  return {
    variable: context.sessionVariable(variable),
    slots: Object.fromEntries(Object.entries(slots).map(([name, slot]) => [name, context.sessionVariable(slot)])),
  };
}

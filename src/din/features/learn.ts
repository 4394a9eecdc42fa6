import type { Table } from '../data/table';
import { atOnce, inParts } from '../working';
import { LEARNT_ROWS } from './blocks';
import type { InputPlan } from './encode';
import { idUses, learnVocabulary } from './learn-ids';
import { boundariesOf, learnNumbers } from './learn-numeric';
import type { HistoryLists } from './lists';
import { emptyState, type FeatureState, measuredSteps, numberKey, quantilesKey } from './state';
import type { Categorical, Numeric } from './types';

/**
 * Learns what the features of a model's inputs need to know of the training rows.
 * @throws DataError for missing columns, text where numbers belong, columns without a single number, fractions as ids.
 */
export function learn(plans: readonly InputPlan[], table: Table): FeatureState {
  return atOnce(learnParts(plans, table));
}

/** The same, for whoever can wait: timers, messages and interrupts come through. @throws InterruptedError also. */
export async function learnYielding(plans: readonly InputPlan[], table: Table): Promise<FeatureState> {
  const title = `learning of ${table.source}: blocks of rows`;
  const interrupted = 'Interrupted while the features learnt of the training rows.';
  return inParts(title, blocksToLearn(plans, table), learnParts(plans, table), interrupted);
}

/** How many blocks are looked at, each once a column that something is learnt of. */
function blocksToLearn(plans: readonly InputPlan[], table: Table): number {
  const measured = new Set(
    numerics(plans).flatMap(({ feature }) => measuredSteps(feature).map((steps) => numberKey(feature, steps))),
  );
  const passes = measured.size + [...idUses(plans).values()].flat().length;
  return passes * (table.storage === 'memory' ? 1 : Math.ceil(table.rows / LEARNT_ROWS));
}

/** Yields between blocks. */
function* learnParts(plans: readonly InputPlan[], table: Table): Generator<void, FeatureState> {
  const state = emptyState();
  const numbers = numerics(plans);
  for (const { feature } of numbers) {
    const column = numberKey(feature, []);
    const lists = numbers.flatMap((each) => (each.list && numberKey(each.feature, []) === column ? [each.list] : []));
    yield* learnNumbers(feature, lists, table, state);
  }
  for (const feature of plans.flatMap(categoricals)) {
    if (feature.kind === 'quantiles') state.boundaries[quantilesKey(feature)] ??= boundariesOf(feature, table, state);
  }
  for (const [name, uses] of idUses(plans)) state.vocabularies[name] = yield* learnVocabulary(name, uses, table);
  return state;
}

/** Numbers that inputs have, of a history's positions with its lists. */
function numerics(plans: readonly InputPlan[]): { feature: Numeric; list?: HistoryLists }[] {
  return plans.flatMap((plan) => {
    if (plan.kind === 'numbers') return plan.features.map((feature) => ({ feature }));
    if (plan.kind === 'history numbers') return [{ feature: plan.feature, list: plan.list }];
    return categoricals(plan).flatMap((feature) => ('of' in feature ? [{ feature: feature.of }] : []));
  });
}

function categoricals(plan: InputPlan): Categorical[] {
  return plan.kind === 'ids' || plan.kind === 'history' ? [plan.feature] : [];
}

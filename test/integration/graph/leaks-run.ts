import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as features from '../../../src/din/features/index';
import { adam } from '../../../src/din/training/optimizers';
import { smallSamples } from '../library/samples';
import { nativeTensorFlow } from '../tensorflow';
import { held } from './held';
import { wideDin } from './wide-tables';

/** Bytes of this process in memory, once what is garbage is gone. */
async function residentBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) {
    collect();
    // Finalizers, which free tensors of what was collected, run between two tasks.
    await new Promise((done) => setImmediate(done));
  }
  return process.memoryUsage.rss();
}

/** Fifty fits in a process of their own: prints what is held before, after the tenth, after the last, and after dispose. */
async function main(): Promise<void> {
  nativeTensorFlow();
  const table = smallSamples(8 * 12);
  // Weights and moments of 14 MB: 40 fits that kept one copy each would hold 570 MB, of the weights alone 190 MB.
  const users = features.identity('userId', { buckets: 200_000 });
  const make = (seed: number) => wideDin({ profile: [features.embedding(users, { dimension: 6 })], seed });
  const empty = held();
  const old = make(0);
  const modes = ['auto', 'off', 'xla'] as const;
  const seen: { held: number[]; bytes: number }[] = [];
  for (let fit = 1; fit <= 50; fit++) {
    const model = fit % 2 ? old : make(fit);
    await model.fit(table, {
      live: false,
      verbose: false,
      batchSize: 8,
      graph: modes[fit % 3],
      optimizer: adam({ learningRate: 1e-3 / fit }),
      validation: 0.2,
    });
    await model.evaluate(table);
    if (model !== old) model.dispose();
    if (fit === 10 || fit === 50) seen.push({ held: held(), bytes: await residentBytes() });
  }
  old.dispose();
  const [early, late] = seen;
  process.stdout.write(`\n@${JSON.stringify({ empty, early, late, disposed: held() })}\n`);
}

void main();

// One point of the growth bench in a process of its own. usage: node measure.mjs ADDON ROWS BATCH USERS HISTORY_LENGTH
import { say, startClock } from '../train/peers/protocol.mjs';
import { loadLibrary, referenceModel, referenceTable } from '../train/peers/reference.mjs';

const [addon, ...numbers] = process.argv.slice(2);
const [rows, batch, users, historyLength] = numbers.map(Number);
/** Steps before the measurement begins: XLA has compiled, calls have found their length. */
const WARM = 60;
const SECONDS = 3;

const { din } = loadLibrary(addon);
const table = referenceTable(din, rows, { users, historyLength });
const model = referenceModel(din, { users, historyLength });
class Enough extends Error {}
const begin = startClock();
let firstStepSeconds;
let warm;
let warmStep = 0;
try {
  await model.fit(table, {
    epochs: 10_000,
    batchSize: batch,
    graph: 'xla',
    seed: 1,
    live: false,
    verbose: false,
    callbacks: [
      {
        onStepEnd({ step }) {
          firstStepSeconds ??= begin().wall;
          if (!warm && step >= WARM) {
            warm = startClock();
            warmStep = step;
          }
          const used = warm?.();
          if (!used || used.wall < SECONDS) return;
          const count = step - warmStep;
          const ms = { wallMs: (1e3 * used.wall) / count, cpuMs: (1e3 * used.cpu) / count };
          say({
            ...ms,
            steps: count,
            firstStepSeconds,
            rssMB: process.memoryUsage.rss() / 1e6,
            engine: model.history.output.runtime,
          });
          throw new Enough();
        },
      },
    ],
  });
} catch (error) {
  if (!(error instanceof Enough)) throw error;
}
process.exit(0);

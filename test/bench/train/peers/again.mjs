// The same cell run three times, with another seed each time. usage: node again.mjs ADDON STEPS auto|xla
import { say, startClock } from './protocol.mjs';
import { loadLibrary, referenceModel, referenceTable } from './reference.mjs';

const [addon, steps, graph] = process.argv.slice(2);
const { din } = loadLibrary(addon);
const table = referenceTable(din, 12 * Number(steps));
for (let fit = 1; fit <= 3; fit++) {
  const model = referenceModel(din);
  const clock = startClock();
  let first;
  const callbacks = [
    {
      onStepEnd() {
        first ??= clock();
      },
    },
  ];
  await model.fit(table, { batchSize: 12, seed: fit, graph, live: false, verbose: false, callbacks });
  say({ fit, first, all: clock(), engine: model.history.output.runtime });
}
process.exit(0);

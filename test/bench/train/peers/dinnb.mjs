// dinnb itself, through the API that notebooks use. usage: node dinnb.mjs ADDON BATCH STEPS_PER_ROUND auto|xla|off reference|long
import { CASES } from '../data.mjs';
import { say, startClock, waitForGo } from './protocol.mjs';
import { loadLibrary, referenceModel, referenceTable } from './reference.mjs';

const [addon, batch, steps, graph, name = 'reference'] = process.argv.slice(2);
const { din, tensorflow } = loadLibrary(addon);
const table = referenceTable(din, Number(batch) * Number(steps), CASES[name]);
const model = referenceModel(din, CASES[name]);
const setup = startClock();
let round = startClock();
class NoMoreRounds extends Error {}
try {
  await model.fit(table, {
    epochs: 10_000,
    batchSize: Number(batch),
    graph,
    seed: 1,
    shuffle: true,
    metrics: ['accuracy', 'auc', 'aucPr'],
    title: 'bench',
    callbacks: [
      {
        async onEpochBegin(epoch) {
          if (epoch === 2) say({ ready: true, setup: setup(), version: `dinnb ${graph}, tensorflow ${tensorflow}` });
          if (epoch > 1 && !(await waitForGo())) throw new NoMoreRounds();
          round = startClock();
        },
        onEpochEnd({ epoch, training }) {
          if (epoch > 1)
            say({ steps: Number(steps), ...round(), loss: training.loss, engine: model.history.output.runtime });
        },
      },
    ],
  });
} catch (error) {
  if (!(error instanceof NoMoreRounds)) throw error;
}
process.exit(0);

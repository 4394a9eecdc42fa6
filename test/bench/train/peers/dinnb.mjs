// dinnb itself, through the API that notebooks use. usage: node dinnb.mjs ADDON BATCH STEPS_PER_ROUND auto|xla|off
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { CONTEXT_NUMBERS, GENRES, HISTORY, referenceShape, USER_NUMBERS } from '../data.mjs';

const require = createRequire(import.meta.url);
const { loadNative } = require('../../../../dist/din.js').backend;
const tf = loadNative(process.argv[2]);
const din = require('../../../../dist/din.js');
const [batchSize, steps, graph] = [Number(process.argv[3]), Number(process.argv[4]), process.argv[5]];

const say = (message) => process.stdout.write(`@${JSON.stringify(message)}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const waitForGo = async () => (await lines.next()).value?.trim() === 'go';
const clock = () => {
  const wall = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const used = process.cpuUsage(cpu);
    return { wall: (performance.now() - wall) / 1e3, cpu: (used.user + used.system) / 1e6 };
  };
};

/** The columns as dinnb's Table: numbers as float64, genres as text. */
export function referenceTable(rows) {
  const { columns, label } = referenceShape(rows);
  const table = new Map();
  for (const [name, values] of [...columns, ['label', label]]) {
    table.set(
      name,
      /Genre/.test(name)
        ? { type: 'string', values: Array.from(values, (genre) => GENRES[genre]) }
        : { type: 'number', values: Float64Array.from(values) },
    );
  }
  return new din.data.Table(table, 'reference shape');
}

function referenceModel() {
  const f = din.features;
  const movie = f.identity('movieId', { buckets: 1001 });
  const genre = (key) => f.embedding(f.vocabulary(key, { values: GENRES }), { dimension: 10 });
  return din.models.din({
    profile: [
      f.embedding(f.identity('userId', { buckets: 30001 }), { dimension: 10 }),
      genre('userGenre1'),
      ...USER_NUMBERS.map((n) => f.numeric(n)),
    ],
    candidate: movie,
    history: f.history(HISTORY, { of: movie }),
    context: [genre('movieGenre1'), ...CONTEXT_NUMBERS.map((n) => f.numeric(n))],
    embeddingDimension: 10,
    attention: { hidden: [32], activation: 'prelu', normalize: 'none' },
    hidden: [128, 64],
    activation: 'prelu',
    seed: 1,
  });
}

const table = referenceTable(batchSize * steps);
const model = referenceModel();
const setup = clock();
let round = clock();
class NoMoreRounds extends Error {}
try {
  await model.fit(table, {
    epochs: 10_000,
    batchSize,
    graph,
    seed: 1,
    shuffle: true,
    metrics: ['accuracy', 'auc', 'aucPr'],
    title: 'bench',
    callbacks: [
      {
        async onEpochBegin(epoch) {
          if (epoch === 2)
            say({
              ready: true,
              setup: setup(),
              version: `dinnb ${graph}, tensorflow ${tf.backend().binding.TF_Version}`,
            });
          if (epoch > 1 && !(await waitForGo())) throw new NoMoreRounds();
          round = clock();
        },
        onEpochEnd({ epoch, training }) {
          if (epoch > 1) say({ steps, ...round(), loss: training.loss, engine: model.history.output.runtime });
        },
      },
    ],
  });
} catch (error) {
  if (!(error instanceof NoMoreRounds)) throw error;
}
process.exit(0);

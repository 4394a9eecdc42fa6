// dinnb's tasks of the data bench, one a process:
// `node dinnb.mjs samples|encode|vocabulary|reference|streamed|resident|endless FOLDER_OR_COUNT [ADDON]`.
// Prints one line: seconds, peak of memory, and sums that tell whether a peer computed the same.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [task, argument, addon] = process.argv.slice(2);
const din = createRequire(import.meta.url)('../../../../dist/din.js');
/** Rows of a step of the tasks that train on the click log. */
const BATCH = 1024;
let cpu;
const tasks = {
  samples,
  encode,
  vocabulary,
  reference,
  streamed: () => epochs('disk'),
  resident: () => epochs('memory'),
  endless,
};
const { sums, ...measured } = await tasks[task]();
const used = process.cpuUsage(cpu);
// A task that measures some steps alone says what they took.
const { cpuSeconds = (used.user + used.system) / 1e6 } = measured;
const peakMB = process.resourceUsage().maxRSS / 1024;
console.log(`@${JSON.stringify({ ...measured, cpuSeconds, peakMB, sums: sums?.() })}`);
process.exit(0);

/** Wall seconds, and the CPU seconds of everything since the first. */
async function timed(work) {
  const start = performance.now();
  cpu ??= process.cpuUsage();
  const result = await work();
  return [(performance.now() - start) / 1000, result];
}

async function samples() {
  const [seconds, set] = await timed(() => din.data.movielens({ folder: argument }));
  const names = set.train.names.filter((name) => name !== 'userId' && name !== 'sourceMovieId');
  // Weighted by position, so that order counts too.
  const sumOf = (table, name) => {
    const column = table.column(name);
    const value = column.type === 'string' ? (row) => column.at(row).length : (row) => column.values[row];
    let sum = 0;
    for (let row = 0; row < table.rows; row++) sum += value(row) * ((row % 97) + 1);
    return sum;
  };
  return {
    seconds,
    rows: set.train.rows + set.test.rows,
    sums: () => Object.fromEntries(names.map((name) => [name, sumOf(set.train, name) + sumOf(set.test, name)])),
  };
}

function clickModel() {
  const f = din.features;
  const item = f.id('item');
  const category = f.id('category');
  return din.models.din({
    profile: [
      f.embedding(f.id('user'), { dimension: 8 }),
      f.numeric('age', { normalize: 'standard' }),
      f.numeric('position'),
    ],
    candidate: [f.embedding(item, { dimension: 16 }), f.embedding(category, { dimension: 8 })],
    history: f.history({ hist_item: item, hist_category: category }, { length: 10 }),
    context: [f.indicator(f.vocabulary('device', { values: ['phone', 'tablet', 'desk'] })), f.numeric('price')],
    label: 'click',
    seed: 1,
  });
}

async function encode() {
  din.backend.loadNative(addon);
  const [readSeconds, table] = await timed(() => din.data.read(join(argument, 'events.parquet')));
  const model = clickModel();
  const [learnSeconds] = await timed(() => model.adapt(table));
  const [encodeSeconds, data] = await timed(() => model.encode(table, { label: 'click' }));
  const seconds = readSeconds + learnSeconds + encodeSeconds;
  return { seconds, readSeconds, learnSeconds, encodeSeconds, rows: data.rows };
}

/** Ids in no order, each twice: as the candidate and as what was seen before it. */
async function vocabulary() {
  din.backend.loadNative(addon);
  const count = Number(argument);
  const item = Array.from({ length: count }, (_, i) => `item-${(i * 7919) % count}`);
  const table = din.data.from({ item, before: [...item.slice(1), item[0]], click: item.map((_, i) => i % 2) });
  const f = din.features;
  const feature = f.id('item');
  const history = f.history(['before'], { of: feature });
  const model = din.models.base({ candidate: feature, history, embeddingDimension: 4, label: 'click', seed: 1 });
  const [seconds] = await timed(() => model.adapt(table));
  return { seconds, rows: model.vocabulary('item').length };
}

/** Raw MovieLens files to a trained model, as the sample notebook trains but for its callbacks. */
async function reference() {
  const start = performance.now();
  cpu = process.cpuUsage();
  din.backend.loadNative(addon);
  const set = await din.data.movielens({ folder: argument });
  const samplesSeconds = (performance.now() - start) / 1000;
  const f = din.features;
  const movie = f.identity('movieId', { buckets: set.items.size });
  const genre = (key) => f.embedding(f.vocabulary(key, { values: set.genres }), { dimension: 10 });
  const model = din.models.din({
    profile: [
      f.embedding(f.identity('userId', { buckets: set.users.size }), { dimension: 10 }),
      genre('userGenre1'),
      f.numeric('userAvgRating'),
    ],
    candidate: movie,
    history: f.history(set.historyColumns, { of: movie }),
    context: [genre('movieGenre1'), f.numeric('movieAvgRating')],
    embeddingDimension: 10,
    seed: 1,
  });
  await model.fit(set.train, { epochs: 5, batchSize: 12, seed: 1 });
  const { auc } = await model.evaluate(set.test, { metrics: ['auc'] });
  return { seconds: (performance.now() - start) / 1000, samplesSeconds, rows: set.train.rows, auc };
}

/** An epoch of the click log after one that compiles: the same rows in the same order, from disk or resident. */
async function epochs(storage) {
  din.backend.loadNative(addon);
  const table = await din.data.read(join(argument, 'events.parquet'), { storage });
  const model = clickModel();
  await model.adapt(table);
  const fit = {
    epochs: 1,
    batchSize: BATCH,
    shuffle: { blocks: 32 },
    label: 'click',
    live: false,
    verbose: false,
    metrics: [],
  };
  await model.fit(table, fit);
  cpu = undefined;
  const [seconds] = await timed(() => model.fit(table, fit));
  return { seconds, rows: table.rows, msPerStep: (1000 * seconds) / Math.ceil(table.rows / BATCH) };
}

/** Steps of a log of any size on disk: part of an epoch, after the first steps. */
async function endless() {
  din.backend.loadNative(addon);
  const [readSeconds, table] = await timed(() => din.data.read(join(argument, 'clicks.parquet'), { storage: 'disk' }));
  const f = din.features;
  const item = f.identity('item', { buckets: 100_001 });
  const model = din.models.din({
    profile: [f.embedding(f.identity('user', { buckets: 100_001 }), { dimension: 8 })],
    candidate: f.embedding(item, { dimension: 16 }),
    history: f.history({ hist_item: item }, { length: 6 }),
    label: 'click',
    seed: 1,
  });
  const [warm, last] = [200, 900];
  const enough = new Error('measured');
  let since;
  let seconds;
  let cpuSeconds;
  const clock = {
    everySteps: 100,
    onStepEnd({ step }) {
      if (step === warm) {
        since = performance.now();
        cpu = process.cpuUsage();
      } else if (step === last) {
        seconds = (performance.now() - since) / 1000;
        const used = process.cpuUsage(cpu);
        cpuSeconds = (used.user + used.system) / 1e6;
        // `stop` would end the training with the epoch.
        throw enough;
      }
    },
  };
  const fit = { epochs: 1, batchSize: BATCH, live: false, verbose: false, metrics: [], callbacks: [clock] };
  await model.fit(table, fit).catch((error) => {
    if (error !== enough && error.cause !== enough) throw error;
  });
  return { seconds, cpuSeconds, readSeconds, rows: table.rows, msPerStep: (1000 * seconds) / (last - warm) };
}

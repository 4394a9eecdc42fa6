// The whole reference run by dinnb: five epochs at batch 12, from `fit` to the last epoch's metrics, tracing and compiling
// included. usage: node whole.mjs ADDON
import { ROWS } from '../data.mjs';
import { say, startClock } from './protocol.mjs';
import { loadLibrary, referenceModel, referenceTable } from './reference.mjs';

const { din } = loadLibrary(process.argv[2]);
const table = referenceTable(din, ROWS);
const model = referenceModel(din);
const before = process.memoryUsage.rss();
const clock = startClock();
let firstStepSeconds;
let peak = before;
const callback = {
  onStepEnd() {
    firstStepSeconds ??= clock().wall;
    peak = Math.max(peak, process.memoryUsage.rss());
  },
};
const settings = { epochs: 5, batchSize: 12, seed: 1, metrics: ['accuracy', 'auc', 'aucPr'] };
const history = await model.fit(table, { ...settings, callbacks: [callback] });
const { wall, cpu } = clock();
const weights = model.network.countParams();
const data = model.encode(table, { label: 'label' });
const dataBytes = 4 * data.rows * (data.inputs.reduce((sum, { width }) => sum + width, 0) + 1);
say({
  wall,
  cpu,
  firstStepSeconds,
  memory: {
    beforeMB: before / 1e6,
    peakMB: peak / 1e6,
    dataMB: dataBytes / 1e6,
    weightsAndAdamMB: (12 * weights) / 1e6,
  },
  loss: history.training.loss,
  auc: history.training.auc,
  engine: history.output.runtime,
});
process.exit(0);

// The same network trained by stock TensorFlow.js: tf.LayersModel.fit with tf.train.adam on tfjs-node, as one would
// without dinnb. usage: node tfjs.mjs ADDON BATCH STEPS_PER_ROUND reference|long
import { CASES } from '../data.mjs';
import { say, startClock, waitForGo } from './protocol.mjs';
import { loadLibrary, referenceModel, referenceTable } from './reference.mjs';

// As it comes: threads and oneDNN are TensorFlow's own choice.
process.env.TF_NUM_INTRAOP_THREADS ??= '0';
process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
const [addon, batch, steps, name = 'reference'] = process.argv.slice(2);
const { din, tf, tensorflow } = loadLibrary(addon);
const table = referenceTable(din, Number(batch) * Number(steps), CASES[name]);
const model = referenceModel(din, CASES[name]);
model.adapt(table);
const { inputs, labels, rows } = model.encode(table, { label: 'label' });
const xs = inputs.map((input) => tf.tensor2d(padded(input), [rows, input.width], input.dtype));
const y = tf.tensor2d(labels[0].values, [rows, 1]);
model.network.compile({
  optimizer: tf.train.adam(1e-3),
  loss: (truth, logits) => tf.losses.sigmoidCrossEntropy(truth, logits),
});
const setup = startClock();
let round = startClock();
class NoMoreRounds extends Error {}
try {
  await model.network.fit(xs, y, {
    epochs: 10_000,
    batchSize: Number(batch),
    shuffle: true,
    verbose: 0,
    callbacks: {
      async onEpochBegin(epoch) {
        if (epoch === 1)
          say({ ready: true, setup: setup(), version: `tfjs ${tf.version.tfjs}, tensorflow ${tensorflow}` });
        if (epoch > 0 && !(await waitForGo())) throw new NoMoreRounds();
        round = startClock();
      },
      async onEpochEnd(epoch, { loss }) {
        if (epoch > 0) say({ steps: Number(steps), ...round(), loss });
      },
    },
  });
} catch (error) {
  if (!(error instanceof NoMoreRounds)) throw error;
}
process.exit(0);

/** `[rows, width]`: what is as long as it is in each row, filled up. */
function padded({ values, width, offsets, fill = 0 }) {
  if (!offsets) return values;
  const out = new values.constructor(rows * width).fill(fill);
  for (let row = 0; row < rows; row++) out.set(values.subarray(offsets[row], offsets[row + 1]), row * width);
  return out;
}

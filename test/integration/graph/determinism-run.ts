import { createHash } from 'node:crypto';
import { adam } from '../../../src/din/training/optimizers/adam';
import { smallSamples } from '../library/samples';
import { nativeTensorFlow, wasmTensorFlow } from '../tensorflow';
import { wideDin } from './wide-tables';

/**
 * A training in a process of its own: prints a hash of history, weights and optimizer.
 * usage: node determinism-run.js native|wasm off|auto|xla SEED [erratic]   (erratic: a clock that lies)
 */
async function main(): Promise<void> {
  const [backend, graph, seed, clock] = process.argv.slice(2) as [string, 'off' | 'auto' | 'xla', string, string?];
  if (backend === 'wasm') await wasmTensorFlow();
  else nativeTensorFlow();
  if (clock === 'erratic') {
    const now = performance.now.bind(performance);
    let late = 0;
    // The number of steps a call follows the clock: what it says must not reach the numbers.
    performance.now = () => {
      late += Math.random() * 20;
      return now() + late;
    };
  }
  const model = wideDin();
  const ends: number[] = [];
  const { output } = await model.fit(smallSamples(8 * 60 + 5), {
    live: false,
    verbose: false,
    epochs: 2,
    batchSize: 8,
    seed: Number(seed),
    graph,
    validation: 0.1,
    optimizer: adam({ learningRate: 0.01 }),
    callbacks: [{ onStepEnd: ({ step }) => void ends.push(step) }],
  });
  const hash = createHash('sha256');
  hash.update(JSON.stringify([output.epochLog.training, output.epochLog.validation]));
  for (const tensor of [...model.network.getWeights(), ...model.optimizer!.stateVariables])
    hash.update(tensor.dataSync());
  const result = { hash: hash.digest('hex'), runtime: output.runtime, calls: ends.join() };
  process.stdout.write(`\n@${JSON.stringify(result)}\n`);
}

void main();

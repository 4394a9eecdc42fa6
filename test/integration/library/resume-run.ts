import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Callback } from '../../../src/din/training/callbacks/callback';
import * as callbacks from '../../../src/din/training/callbacks/index';
import { adam } from '../../../src/din/training/optimizers/adam';
import { cosine } from '../../../src/din/training/optimizers/schedules';
import { wideDin } from '../graph/wide-tables';
import { nativeTensorFlow } from '../tensorflow';
import { smallSamples } from './samples';

/**
 * A training in a process of its own that writes checkpoints: prints a hash of history, weights and optimizer.
 * usage: node resume-run.js FOLDER off|auto|xla plain|random|wandering start|resume STEP   (STEP: kills itself there; 0: never)
 */
async function main(): Promise<void> {
  const [folder, graph, kind, begin, kill] = process.argv.slice(2) as [
    string,
    'off' | 'auto' | 'xla',
    string,
    string,
    string,
  ];
  nativeTensorFlow();
  const random = kind === 'random';
  const drops = { dropout: 0.2, batchNormalization: true };
  const model = wideDin(random ? { ...drops, attention: drops } : {});
  const csv = `${folder}.csv`;
  const killer = Number(kill)
    ? [{ everySteps: Number(kill), onStepEnd: () => process.kill(process.pid, 'SIGKILL') as unknown as void }]
    : [];
  const wander: Callback = {
    everySteps: 1,
    onStepEnd: ({ step }, context) => context.setLearningRate(0.01 * (1 + 0.5 * Math.cos(step / 5))),
  };
  const { output } = await model.fit(smallSamples(8 * 60 + 5), {
    live: false,
    verbose: false,
    epochs: 3,
    batchSize: 8,
    graph,
    validation: 0.1,
    optimizer: adam({ learningRate: random ? cosine({ from: 0.02, steps: 150 }) : 0.01 }),
    callbacks: [
      callbacks.earlyStopping({ patience: 3 }),
      callbacks.csvLog(csv),
      ...(kind === 'plain' ? [callbacks.reduceOnPlateau({ factor: 0.5 })] : []),
      ...(kind === 'wandering' ? [wander] : []),
      ...killer,
    ],
    checkpoint: { path: folder, everySteps: 7 },
    ...(begin === 'resume' ? { resume: true } : {}),
  });
  const hash = createHash('sha256');
  hash.update(JSON.stringify([output.epochLog.epoch, output.epochLog.training, output.epochLog.validation]));
  for (const tensor of [...model.network.getWeights(), ...model.optimizer!.stateVariables])
    hash.update(tensor.dataSync());
  const lines = readFileSync(csv, 'utf8').trim().split('\n').length;
  process.stdout.write(
    `\n@${JSON.stringify({ hash: hash.digest('hex'), runtime: output.runtime, epochs: model.epochsTrained, lines })}\n`,
  );
}

void main();

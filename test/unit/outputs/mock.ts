import { randomStream } from '../../../src/base/random';
import type { AttentionOutput, AttentionRow } from '../../../src/outputs/attention';
import type { TrainingOutput } from '../../../src/outputs/training';

/** A seeded generator: equal pictures run after run. */
export const randomFrom = randomStream;

export interface MockRun {
  epochs?: number;
  finished?: number;
  stepsPerEpoch?: number;
  every?: number;
  state?: TrainingOutput['state'];
  title?: string;
}

/** A run that looks like one: falling loss, rising AUC, validation that turns after epoch 3. */
export function mockTraining(run: MockRun = {}): TrainingOutput {
  const { epochs = 5, stepsPerEpoch = 347, every = 1, state = 'done', title = 'DIN' } = run;
  const finished = run.finished ?? epochs;
  const random = randomFrom(7);
  const output: TrainingOutput = {
    version: 1,
    title,
    state,
    epochs,
    stepsPerEpoch,
    batchSize: 256,
    runtime: 'eager, native TensorFlow 2.21.0',
    steps: { step: [], values: { loss: [], accuracy: [] } },
    epochLog: {
      epoch: [],
      seconds: [],
      training: { loss: [], accuracy: [], auc: [], aucPr: [] },
      validation: { loss: [], accuracy: [], auc: [], aucPr: [] },
    },
  };
  const progressed = finished < epochs ? finished + 0.4 : finished;
  for (let step = 1; step <= progressed * stepsPerEpoch; step += every) {
    const position = step / stepsPerEpoch;
    const inEpoch = ((step - 1) % stepsPerEpoch) + 1;
    const noise = (random() - 0.5) * (0.12 / Math.sqrt(inEpoch));
    output.steps.step.push(step);
    output.steps.values.loss!.push(0.5 + 0.22 * Math.exp(-position) + noise);
    output.steps.values.accuracy!.push(0.74 - 0.16 * Math.exp(-position) - noise);
  }
  for (let epoch = 1; epoch <= finished; epoch++) {
    const { training, validation } = output.epochLog;
    output.epochLog.epoch.push(epoch);
    output.epochLog.seconds.push(13.2 + random());
    training.loss!.push(0.5 + 0.22 * Math.exp(-epoch));
    training.accuracy!.push(0.74 - 0.16 * Math.exp(-epoch));
    training.auc!.push(0.82 - 0.2 * Math.exp(-epoch));
    training.aucPr!.push(0.8 - 0.2 * Math.exp(-epoch));
    const turn = Math.max(0, epoch - 3) * 0.012;
    validation.loss!.push(0.53 + 0.16 * Math.exp(-epoch) + turn);
    validation.accuracy!.push(0.72 - 0.13 * Math.exp(-epoch) - turn);
    validation.auc!.push(0.79 - 0.17 * Math.exp(-epoch) - turn);
    validation.aucPr!.push(0.77 - 0.17 * Math.exp(-epoch) - turn);
  }
  return output;
}

const TITLES = [
  'Toy Story (1995)',
  'Heat (1995)',
  'Seven (a.k.a. Se7en) (1995)',
  'The Usual Suspects (1995)',
  'Star Wars: Episode IV - A New Hope (1977)',
  'Pulp Fiction (1994)',
  'The Lord of the Rings: The Fellowship of the Ring (2001)',
  'Amélie (Fabuleux destin d’Amélie Poulain, Le) (2001)',
  '千と千尋の神隠し (Spirited Away) (2001)',
  'Up (2009)',
  'Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb (1964)',
  'Alien (1979)',
];

export interface MockMap {
  rows?: number;
  positions?: number;
  shared?: boolean;
  relevance?: boolean;
  negative?: boolean;
  title?: (index: number) => string;
}

export function mockAttention(map: MockMap = {}): AttentionOutput {
  const { rows = 8, positions = 5, shared = false, relevance = false, negative = false } = map;
  const random = randomFrom(11);
  const title = map.title ?? ((index: number) => TITLES[index % TITLES.length]!);
  const pick = () => Math.floor(random() * 400);
  const sharedItems = Array.from({ length: positions }, pick);
  const row = (index: number): AttentionRow => {
    const length = shared || index % 3 !== 1 ? positions : Math.floor(random() * positions);
    const candidate = pick();
    return {
      candidate: { id: String(candidate), title: title(candidate) },
      user: shared ? 'user 42' : `user ${100 + index * 17}`,
      score: 0.05 + random() * 0.9,
      label: random() > 0.5 ? 1 : 0,
      history: Array.from({ length: positions }, (_, position) => {
        if (position >= length) return null;
        const item = shared ? sharedItems[position]! : pick();
        const close = item % 4 === candidate % 4;
        const weight = (close ? 0.55 : 0.05) + random() * 0.35 - (negative ? 0.4 : 0);
        return { id: String(item), title: title(item), weight, ...(relevance ? { relevance: close ? 1 : 0 } : {}) };
      }),
    };
  };
  return {
    version: 1,
    title: 'DIN: attention over the history',
    normalize: 'none',
    rows: Array.from({ length: rows }, (_, index) => row(index)),
  };
}

import { createHash } from 'node:crypto';
import type { Tensor } from '@tensorflow/tfjs';
import { isProvenanceWanted, recordProvenance } from '../../base/provenance';
import type { TrainingOutput } from '../../outputs/training';
import { bytesOf } from './tensor-file';

interface Weight {
  name: string;
  read(): Tensor;
}

export interface FitFacts {
  title: string;
  seed: number;
  rows: number;
  batchSize: number;
  epochs: number;
}

/** Tells a notebook's provenance of a training: weights before and after, order of the data, final metrics. */
export class FitRecorder {
  private readonly initialWeights: string;
  private readonly dataOrder = createHash('sha256');

  /** Undefined where nobody asks: hashing costs about a second for a gigabyte of weights. */
  static start(facts: FitFacts, weights: () => readonly Weight[]): FitRecorder | undefined {
    return isProvenanceWanted() ? new FitRecorder(facts, weights) : undefined;
  }

  private constructor(
    private readonly facts: FitFacts,
    private readonly weights: () => readonly Weight[],
  ) {
    this.initialWeights = hashOfWeights(weights());
  }

  order(rows: Int32Array): void {
    for (const part of bytesOf(rows)) this.dataOrder.update(part);
  }

  finish(state: 'done' | 'interrupted' | 'failed', { epochLog }: TrainingOutput): void {
    const metrics: { [name: string]: number } = {};
    for (const [series, prefix] of [
      [epochLog.training, ''],
      [epochLog.validation, 'validation.'],
    ] as const) {
      for (const [name, values] of Object.entries(series)) {
        const value = values.at(-1);
        if (typeof value === 'number') metrics[prefix + name] = value;
      }
    }
    recordProvenance({
      type: 'fit',
      ...this.facts,
      state,
      initialWeights: this.initialWeights,
      dataOrder: this.dataOrder.digest('hex'),
      finalWeights: hashOfWeights(this.weights()),
      metrics,
    });
  }
}

/** By order and shape, not by name: names carry counters that grow with every model of a process. */
function hashOfWeights(weights: readonly Weight[]): string {
  const hash = createHash('sha256');
  for (const weight of weights) {
    const tensor = weight.read();
    hash.update(`${tensor.dtype}[${tensor.shape.join()}]`);
    for (const part of bytesOf(tensor.dataSync())) hash.update(part);
  }
  return hash.digest('hex');
}

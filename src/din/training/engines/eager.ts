import * as tf from '@tensorflow/tfjs';
import { deriveSeed, identityOrder, withSeededRandom } from '../../../base/random';
import { type EncodedData, readWindow, windowRows } from '../../data/encoded';
import { inputShapes, inputTensors, joined, labelTensors, weightTensor } from '../batch';
import { type TrainingProgram, trainStep } from '../step';
import type { ChunkResult, TrainingEngine } from './engine';

/** Milliseconds after which a chunk ends: short enough for live curves and a prompt interrupt. */
const chunkTime = 15;

/** Runs training steps op by op: works on every backend and for every network. */
export class EagerEngine implements TrainingEngine {
  readonly description = 'eager';
  readonly eager = true;
  private readonly shapes: tf.Shape[];
  private order: Int32Array = new Int32Array(0);
  private position = 0;
  /** The rows at hand: all of them, or of streamed data those from this place of the order on. */
  private here: { data: EncodedData; start: number; order: Int32Array };
  /** Steps of the whole training so far. */
  private steps: number;

  constructor(
    private readonly program: TrainingProgram,
    private readonly data: EncodedData,
    private readonly batchSize: number,
    /** Of random ops (dropout): each step draws from it and the step's number. */
    private readonly seed = 0,
  ) {
    this.shapes = inputShapes(program.network);
    this.here = { data, start: 0, order: this.order };
    this.steps = program.optimizer.iterations.dataSync()[0];
  }

  startEpoch(order: Int32Array, position = 0): void {
    this.order = order;
    this.position = position;
    this.here = { data: this.data, start: 0, order: this.data.stream ? new Int32Array(0) : order };
  }

  async ready(): Promise<void> {
    const { data, position, batchSize, here, order } = this;
    if (!data.stream || position >= order.length || position < here.start + here.order.length) return;
    const window = await readWindow(data, order, position, windowRows(data.stream.window, batchSize));
    this.here = { data: window, start: position, order: identityOrder(window.rows) };
  }

  run(maxSteps: number): ChunkResult {
    const losses: number[] = [];
    const outputs: Float32Array[] = [];
    const first = this.position;
    const end = performance.now() + chunkTime;
    const { order, start } = this.here;
    while (losses.length < maxSteps && this.position < start + order.length) {
      const rows = order.subarray(this.position - start, this.position - start + this.batchSize);
      const { loss, output } = this.step(rows);
      losses.push(loss);
      outputs.push(output);
      this.position += rows.length;
      if (performance.now() >= end) break;
    }
    return {
      steps: losses.length,
      rows: this.position - first,
      losses: Float32Array.from(losses),
      outputs: joined(outputs),
    };
  }

  private step(rows: Int32Array): { loss: number; output: Float32Array } {
    const { data } = this.here;
    const inputs = inputTensors(data.inputs, rows, this.shapes);
    const labels = labelTensors(data, rows);
    const weights = weightTensor(data, rows);
    const seed = deriveSeed(this.seed, 'step', ++this.steps);
    if (this.program.optimizer.scheduled) this.program.optimizer.showRate(this.steps);
    const { loss, output } = withSeededRandom(seed, () => trainStep(this.program, inputs, labels, weights));
    const result = { loss: loss.dataSync()[0], output: output.dataSync() as Float32Array };
    tf.dispose([...inputs, ...labels, loss, output, ...(weights ? [weights] : [])]);
    return result;
  }

  /** Eager steps work on the variables themselves: nothing lags behind. */
  async bringBack(): Promise<void> {}

  async settle(): Promise<void> {}

  setLearningRate(learningRate: number): void {
    this.program.optimizer.setLearningRate(learningRate);
  }

  dispose(): void {
    this.order = new Int32Array(0);
  }
}

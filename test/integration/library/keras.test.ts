import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { identityOrder } from '../../../src/base/random';
import type { RecommenderModel } from '../../../src/din/models/model';
import { inputShapes, inputTensors, labelTensors } from '../../../src/din/training/batch';
import { sigmoidCrossEntropy } from '../../../src/din/training/losses';
import { adam } from '../../../src/din/training/optimizers/adam';
import { OptimizerState } from '../../../src/din/training/optimizers/state';
import { predictOutputs } from '../../../src/din/training/predict';
import { trainableVariables, trainStep } from '../../../src/din/training/step';
import { nativeTensorFlow } from '../tensorflow';
import {
  fillFixtureWeights,
  kerasFixture,
  maxDifference,
  type ReferenceBatch,
  type ReferenceSettings,
  referenceDin,
  referenceTable,
} from './reference-case';

interface ForwardFixture {
  batch: ReferenceBatch;
  cases: (ReferenceSettings & {
    weights: Record<string, number[]>;
    parameters: number;
    logits: number[];
    attention: number[];
  })[];
}

interface AdamFixture {
  learningRate: number;
  distinct: { batches: ReferenceBatch[]; losses: number[] };
  repeated: { batches: ReferenceBatch[]; losses: number[]; stockLosses: number[] };
}

let model: RecommenderModel;
beforeAll(() => {
  nativeTensorFlow();
});
afterEach(() => {
  model.dispose();
});

describe('the forward pass equals Keras', () => {
  const { batch, cases } = kerasFixture<ForwardFixture>('forward.json');
  it.each(cases)('table shared: $shared, mask: $mask, attention: $normalize', async (fixture) => {
    model = referenceDin(fixture);
    fillFixtureWeights(model, fixture.weights);
    const table = referenceTable([batch]);
    const [logits] = await predictOutputs(model.network, model.encode(table));
    expect(maxDifference(logits, fixture.logits)).toBeLessThan(1e-5);
    const { weights, scores } = await model.attention(table);
    expect(maxDifference(weights, fixture.attention)).toBeLessThan(1e-5);
    const probabilities = fixture.logits.map((x) => 1 / (1 + Math.exp(-x)));
    expect(maxDifference(scores, probabilities)).toBeLessThan(1e-5);
    expect(maxDifference(await model.predict(table), probabilities)).toBeLessThan(1e-5);
  });

  it('has the tutorial`s 337,872 weights: Keras` 337,852 and a row for "no genre" in each genre table', () => {
    model = referenceDin(cases[0]);
    expect(cases[0].parameters).toBe(337_852);
    expect(model.summary().parameters).toBe(337_872);
  });
});

describe('ten steps of Adam', () => {
  const fixture = kerasFixture<AdamFixture>('adam.json');
  const { weights } = kerasFixture<ForwardFixture>('forward.json').cases[0];

  function losses(batches: ReferenceBatch[], convention: 'keras' | 'tfjs'): number[] {
    model = referenceDin({ shared: false, mask: false, normalize: 'sigmoid' });
    fillFixtureWeights(model, weights);
    const { network } = model;
    const definition = adam({ learningRate: fixture.learningRate, convention });
    const optimizer = new OptimizerState(definition, trainableVariables(network));
    const program = { network, loss: sigmoidCrossEntropy, optimizer };
    const encoded = batches.map((batch) => model.encode(referenceTable([batch]), { label: 'label' }));
    const result = Array.from({ length: 10 }, (_, step) => {
      const data = encoded[step % encoded.length];
      const rows = identityOrder(data.rows);
      return tf.tidy(() => {
        const inputs = inputTensors(data.inputs, rows, inputShapes(network));
        const { loss, output } = trainStep(program, inputs, labelTensors(data, rows));
        output.dispose();
        return loss.dataSync()[0];
      });
    });
    optimizer.dispose();
    return result;
  }

  it("equal stock Keras' when no id occurs twice in a batch", () => {
    expect(maxDifference(losses(fixture.distinct.batches, 'keras'), fixture.distinct.losses)).toBeLessThan(1e-5);
  });

  it("equal Keras' with gradients summed by id when ids repeat, as the convention says", () => {
    const ours = losses(fixture.repeated.batches, 'keras');
    expect(maxDifference(ours, fixture.repeated.losses)).toBeLessThan(1e-5);
    // Stock Keras lets v receive the squares of each occurrence: another algorithm, and the fixture can tell them apart.
    expect(maxDifference(ours, fixture.repeated.stockLosses)).toBeGreaterThan(5e-5);
  });

  it('in the tfjs convention equal the formula of TensorFlow.js` own Adam', () => {
    const ours = losses(fixture.distinct.batches, 'tfjs');
    model.dispose();
    model = referenceDin({ shared: false, mask: false, normalize: 'sigmoid' });
    fillFixtureWeights(model, weights);
    const { network } = model;
    const optimizer = tf.train.adam(fixture.learningRate, 0.9, 0.999, 1e-7);
    const encoded = fixture.distinct.batches.map((batch) => model.encode(referenceTable([batch]), { label: 'label' }));
    const theirs = Array.from({ length: 10 }, (_, step) =>
      tf.tidy(() => {
        const data = encoded[step % encoded.length];
        const rows = identityOrder(data.rows);
        const inputs = inputTensors(data.inputs, rows, inputShapes(network));
        const [labels] = labelTensors(data, rows);
        const compute = () =>
          tf.losses.sigmoidCrossEntropy(labels, network.apply(inputs, { training: true }) as tf.Tensor);
        return optimizer.minimize(compute as () => tf.Scalar, true)!.dataSync()[0];
      }),
    );
    optimizer.dispose();
    expect(maxDifference(ours, theirs)).toBeLessThan(1e-5);
  });
});

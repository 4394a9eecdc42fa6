import { describe, expect, it } from 'vitest';
import { STEP_LIMIT } from '../../../src/outputs/decimate';
import { applyTrainingPatch } from '../../../src/outputs/training-patch';
import { mockTraining } from './mock';

const start = () => mockTraining({ finished: 0, stepsPerEpoch: 10, state: 'running' });

describe('applyTrainingPatch', () => {
  it('adds steps and an epoch at the end and changes scalars', () => {
    const before = start();
    const after = applyTrainingPatch(before, {
      state: 'done',
      runtime: 'graph',
      steps: { step: [5, 6], values: { loss: [0.4, 0.3], accuracy: [0.7, 0.8] } },
      epochLog: { epoch: [1], seconds: [2], training: { loss: [0.35] }, validation: { loss: [0.36] } },
    });
    expect(after.steps.step).toEqual([1, 2, 3, 4, 5, 6]);
    expect(after.steps.values.loss!.slice(-2)).toEqual([0.4, 0.3]);
    expect(after).toMatchObject({ state: 'done', runtime: 'graph', epochLog: { epoch: [1], seconds: [2] } });
    expect(after.epochLog.training.auc).toEqual([null]);
    expect(before.steps.step).toEqual([1, 2, 3, 4]);
    expect(before.state).toBe('running');
  });

  it('skips what is known already: patches may overlap a full update', () => {
    const before = start();
    const patch = { steps: { step: [3, 4, 5], values: { loss: [9, 9, 0.5], accuracy: [9, 9, 0.6] } } };
    const once = applyTrainingPatch(before, patch);
    expect(once.steps.step).toEqual([1, 2, 3, 4, 5]);
    expect(once.steps.values.loss!.slice(0, 4)).toEqual(before.steps.values.loss);
    expect(applyTrainingPatch(once, patch).steps).toEqual(once.steps);
  });

  it('pads a metric that comes later or stays away with null', () => {
    const after = applyTrainingPatch(start(), { steps: { step: [5], values: { auc: [0.7] } } });
    expect(after.steps.values.auc).toEqual([null, null, null, null, 0.7]);
    expect(after.steps.values.loss!.at(-1)).toBeNull();
  });

  it('never exceeds the limit of steps, however long the run', () => {
    let output = start();
    for (let chunk = 0; chunk < 400; chunk++) {
      const step = Array.from({ length: 50 }, (_, index) => chunk * 50 + index + 5);
      const loss = step.map((value) => (value === 10_000 ? 7 : 0.5));
      output = applyTrainingPatch(output, { steps: { step, values: { loss, accuracy: loss } } });
      expect(output.steps.step.length).toBeLessThanOrEqual(STEP_LIMIT);
    }
    expect(output.steps.step.at(-1)).toBe(20_004);
    expect(output.steps.values.loss).toContain(7);
  });
});

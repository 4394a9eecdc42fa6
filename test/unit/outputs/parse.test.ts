import { describe, expect, it } from 'vitest';
import { parseAttentionOutput } from '../../../src/outputs/attention-parse';
import { STEP_LIMIT } from '../../../src/outputs/decimate';
import { OutputError } from '../../../src/outputs/parse';
import { parseTrainingOutput, parseTrainingPatch } from '../../../src/outputs/training-parse';
import { mockAttention, mockTraining } from './mock';

type Path = (string | number)[];
const MISSING = Symbol('missing');

/** A copy, through JSON, with one place replaced or taken out. */
function damaged(value: unknown, path: Path, damage: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  const [last, ...inner] = [...path].reverse();
  let place = copy as { [key: string | number]: unknown };
  for (const key of inner.reverse()) place = place[key] as typeof place;
  if (damage === MISSING) delete place[last!];
  else place[last!] = damage;
  return copy;
}

describe('parseTrainingOutput', () => {
  it('takes what the library makes, through JSON and back', () => {
    const output = mockTraining();
    expect(parseTrainingOutput(JSON.parse(JSON.stringify(output)))).toEqual(output);
  });

  it.each<[string, Path, unknown, string]>([
    ['version', ['version'], 2, 'training.version must be one of 1, but is 2.'],
    ['state', ['state'], 'sleeping', 'training.state must be one of'],
    ['missing', ['steps'], MISSING, 'training.steps must be an object, but is missing.'],
    [
      'text',
      ['steps', 'values', 'loss', 3],
      'x',
      'training.steps.values.loss[3] must be a number or null, but is "x".',
    ],
    ['ragged', ['steps', 'values', 'loss'], [1, 2], 'training.steps.values.loss must be an array of'],
    ['not ascending', ['epochLog', 'epoch', 1], 1, 'training.epochLog.epoch[1] must be greater'],
    [
      'a list for an object',
      ['epochLog', 'training'],
      [],
      'training.epochLog.training must be an object, but is an array of 0.',
    ],
  ])('names the wrong place: %s', (_, path, damage, message) => {
    const parse = () => parseTrainingOutput(damaged(mockTraining({ stepsPerEpoch: 8 }), path, damage));
    expect(parse).toThrow(OutputError);
    expect(parse).toThrow(message);
  });

  it.each([null, undefined, 3, 'text', [], () => 1])('refuses %s', (value) => {
    expect(() => parseTrainingOutput(value)).toThrow(OutputError);
  });

  it('reads values that are not finite as not measured', () => {
    const output = mockTraining({ stepsPerEpoch: 4, epochs: 1 });
    output.steps.values.loss![1] = Number.NaN;
    output.steps.values.loss![2] = Number.POSITIVE_INFINITY;
    expect(parseTrainingOutput(output).steps.values.loss.slice(1, 3)).toEqual([null, null]);
  });

  it('cannot be used to reach a prototype', () => {
    const run = mockTraining({ stepsPerEpoch: 2, epochs: 1 });
    const values = JSON.parse('{"__proto__": [1, 2], "loss": [1, 2]}') as typeof run.steps.values;
    const hostile = { ...run, steps: { ...run.steps, values } };
    expect(Object.keys(parseTrainingOutput(hostile).steps.values)).toEqual(['loss']);
    expect(({} as { 0?: number })[0]).toBeUndefined();
  });

  it('compacts a million steps and cuts endless titles', () => {
    const output = mockTraining({ stepsPerEpoch: 200_000 });
    output.title = 'x'.repeat(1e6);
    const parsed = parseTrainingOutput(output);
    expect(parsed.steps.step.length).toBeLessThanOrEqual(STEP_LIMIT);
    expect(parsed.title.length).toBeLessThan(400);
  });

  it('checks patches the same way and leaves out what is absent', () => {
    expect(parseTrainingPatch({ state: 'interrupted' })).toEqual({ state: 'interrupted' });
    expect(() => parseTrainingPatch({ steps: { step: [1, 1], values: {} } })).toThrow('patch.steps.step[1]');
    expect(() => parseTrainingPatch('x')).toThrow(OutputError);
  });
});

describe('parseAttentionOutput', () => {
  it('takes what the library makes, padding as null', () => {
    const output = mockAttention({ relevance: true });
    expect(parseAttentionOutput(JSON.parse(JSON.stringify(output)))).toEqual(output);
    expect(output.rows.some((row) => row.history.includes(null))).toBe(true);
  });

  it.each<[string, Path, unknown, string]>([
    [
      'a weight that is no number',
      ['rows', 2, 'history', 0, 'weight'],
      'NaN',
      'attention.rows[2].history[0].weight must be a finite number, but is "NaN".',
    ],
    ['a label outside 0 and 1', ['rows', 0, 'label'], 3, 'attention.rows[0].label must be one of 0, 1, but is 3.'],
    [
      'no candidate',
      ['rows', 1, 'candidate'],
      MISSING,
      'attention.rows[1].candidate must be an object, but is missing.',
    ],
  ])('names the wrong place: %s', (_, path, damage, message) => {
    expect(() => parseAttentionOutput(damaged(mockAttention(), path, damage))).toThrow(message);
  });

  it('refuses more weights than a page can bear', () => {
    const rows = Array.from({ length: 2001 }, () => ({
      candidate: { id: '1', title: 't' },
      history: Array(250).fill(null),
    }));
    expect(() => parseAttentionOutput({ version: 1, title: 't', normalize: 'none', rows })).toThrow('at most 500000');
  });
});

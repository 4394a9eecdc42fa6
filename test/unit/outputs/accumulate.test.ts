import { describe, expect, it } from 'vitest';
import { collapseReturns, FoldedOutputs } from '../../../src/outputs/accumulate';
import type { CellOutput, OutputEvent } from '../../../src/outputs/events';

function run(...events: OutputEvent[]): CellOutput[] {
  const outputs = new FoldedOutputs();
  for (const event of events) outputs.apply(event);
  return outputs.list;
}

const out = (text: string): OutputEvent => ({ type: 'stream', name: 'stdout', text });
const err = (text: string): OutputEvent => ({ type: 'stream', name: 'stderr', text });
const show = (displayId: string, text: string): OutputEvent => ({
  type: 'display',
  displayId,
  data: { 'text/plain': text },
});

describe('outputs of a cell', () => {
  it('merges streams that follow each other and keeps the order of what interrupts them', () => {
    const outputs = run(out('a'), out('b\n'), err('oh\n'), out('c'), show('d1', 'x'), out('d'));
    expect(outputs.map((output) => (output.type === 'stream' ? `${output.name}:${output.text}` : output.type))).toEqual(
      ['stdout:ab\n', 'stderr:oh\n', 'stdout:c', 'display', 'stdout:d'],
    );
  });

  it('replaces a display in place by its id and leaves the others', () => {
    const outputs = run(show('d1', 'old'), show('d2', 'other'), out('x'), {
      type: 'update',
      displayId: 'd1',
      data: { 'text/plain': 'new' },
    });
    expect(outputs[0]).toEqual({ type: 'display', displayId: 'd1', data: { 'text/plain': 'new' } });
    expect(outputs[1]).toEqual({ type: 'display', displayId: 'd2', data: { 'text/plain': 'other' } });
    expect(outputs).toHaveLength(3);
  });

  it('changes nothing when an event is for another cell or for live renderers only', () => {
    const before = run(show('d1', 'x'));
    const after = run(
      show('d1', 'x'),
      { type: 'update', displayId: 'elsewhere', data: {} },
      { type: 'append', displayId: 'd1', mime: 'x', patch: 1 },
      out(''),
    );
    expect(after).toEqual(before);
  });

  it('updates every place of a display that is shown twice', () => {
    const outputs = run(show('d1', 'a'), out('-'), show('d1', 'a'), {
      type: 'update',
      displayId: 'd1',
      data: { 'text/plain': 'b' },
    });
    expect(outputs.map((output) => 'data' in output && output.data['text/plain'])).toEqual(['b', false, 'b']);
  });

  it('replaces outputs and never changes one that somebody holds', () => {
    const outputs = new FoldedOutputs();
    for (const event of [out('a'), show('d1', 'x')]) outputs.apply(event);
    const held = outputs.list.map(Object.freeze);
    outputs.apply({ type: 'update', displayId: 'd1', data: { 'text/plain': 'y' } });
    expect(held).toEqual([
      { type: 'stream', name: 'stdout', text: 'a' },
      { type: 'display', displayId: 'd1', data: { 'text/plain': 'x' } },
    ]);
  });

  it('does the same work for each of many displays', () => {
    // Counted, not timed: what a growing cost would copy is read through the list.
    const outputs = new FoldedOutputs();
    let reads = 0;
    const list = new Proxy(outputs.list, {
      get(target, key, receiver) {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
        return Reflect.get(target, key, receiver);
      },
    });
    Object.defineProperty(outputs, 'list', { value: list });
    const count = 2_000;
    for (let i = 0; i < count; i++) {
      outputs.apply(show(`d${i}`, 'x'));
      outputs.apply({ type: 'update', displayId: `d${i}`, data: { 'text/plain': 'y' } });
      outputs.apply(out('line\n'));
    }
    expect(outputs.list).toHaveLength(2 * count);
    expect(reads).toBeLessThan(10 * count);
  });

  it('keeps an error with its stack', () => {
    const error = { name: 'RangeError', message: 'm', stack: 'RangeError: m\n    at cell 1:1:1' };
    expect(run(out('a'), { type: 'error', error }).at(-1)).toEqual({ type: 'error', error });
  });

  it.each([
    ['progress that returns first', ['\r10%', '\r50%', '\r100%\n'], '100%\n'],
    ['progress that returns last', ['10%\r', '50%\r', '100%\r', 'done\n'], 'done\n'],
    ['Windows line ends', ['a\r\nb\r', '\nc'], 'a\nb\nc'],
    ['lines before stay', ['one\ntwo\rTWO', '\nthree'], 'one\nTWO\nthree'],
    ['a final return waits', ['half\r'], 'half\r'],
  ])('handles carriage returns: %s', (_, parts, expected) => {
    expect(run(...parts.map(out))).toEqual([{ type: 'stream', name: 'stdout', text: expected }]);
  });

  it('gives the same text however it is cut into chunks', () => {
    const text = 'a\r\nb\rB\n10%\r20%\r\r30%\nend\rE';
    const whole = collapseReturns(text);
    for (let at = 0; at <= text.length; at++) {
      const [output] = run(out(text.slice(0, at)), out(text.slice(at)));
      expect(output, `cut at ${at}`).toMatchObject({ text: whole });
    }
  });
});

import { types } from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs';
import { exactNumber } from './bundle';
import { isList, isPlain } from './records';
import { inspectText } from './text';

/**
 * A figure as JSON can say it: tensors are their values, BigInts numbers where these are exact. What is neither stays as it is.
 * @throws TypeError that names the place of what a figure cannot hold
 */
export function figureOf(figure: unknown, tf: typeof TensorFlow | undefined): unknown {
  const around = new Set<object>();
  const copy = (value: unknown, path: string): unknown => {
    if (typeof value === 'bigint') return exactNumber(value, path);
    if (types.isProxy(value)) return value;
    if (value instanceof BigInt64Array || value instanceof BigUint64Array)
      return Array.from(value, (entry, at) => exactNumber(entry, `${path}[${at}]`));
    if (tf && value instanceof tf.Tensor) return valuesOf(value, path);
    const isArray = isList(value);
    if (!isArray && !isPlain(value)) return value;
    if (around.has(value)) throw new TypeError(`${path} holds itself, which a figure cannot: leave it out.`);
    around.add(value);
    const copied = isArray
      ? value.map((entry, at) => (typeof entry === 'number' ? entry : copy(entry, `${path}[${at}]`)))
      : Object.fromEntries(Object.entries(value).map(([name, field]) => [name, copy(field, `${path}.${name}`)]));
    around.delete(value);
    return copied;
  };
  return copy(figure, 'figure');
}

function valuesOf(tensor: TensorFlow.Tensor, path: string): unknown {
  if (tensor.isDisposed) {
    throw new TypeError(
      `${path} is a tensor that has been disposed of: take its values while it is there, with arraySync().`,
    );
  }
  if (tensor.rank <= 2) return tensor.arraySync();
  throw new TypeError(
    `${path} is a tensor of shape [${tensor.shape.join(', ')}]: a figure takes the values of one or two dimensions. Take a part of it, or reshape it.`,
  );
}

/** @throws TypeError that says what is no figure of plotly, and what one is */
export function checkPlotly(figure: unknown): { data: readonly { type?: unknown }[]; layout: unknown } {
  const { data, layout = {} } = (typeof figure === 'object' && figure !== null ? figure : {}) as {
    [name: string]: unknown;
  };
  const short = (value: unknown) => inspectText(value, { depth: 0, maxArrayLength: 8, maxStringLength: 40 });
  const example = "display.plotly takes a figure, { data: [{ type: 'bar', x: ['a', 'b'], y: [1, 2] }], layout: {} }";
  if (!isList(data)) {
    const seen =
      typeof figure === 'object' && figure !== null ? `figure.data is ${short(data)}` : `this is ${short(figure)}`;
    throw new TypeError(`${example}; ${seen}.`);
  }
  const wrong = data.findIndex((trace) => typeof trace !== 'object' || trace === null);
  if (wrong >= 0) throw new TypeError(`${example}; figure.data[${wrong}] is ${short(data[wrong])}.`);
  return { data: data as { type?: unknown }[], layout };
}

import { types } from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs';
import { isDisplayable } from '../../outputs/display';
import { MIME_PLOTLY, type MimeBundle } from '../../outputs/mime';
import { scalarText } from '../../outputs/table';
import { jsonTree } from '../display/records';
import { bundleOf } from '../display/render';
import { type TensorValues, valueText } from '../display/tensor-text';
import { isPure, isTrustedClass, linesOf, previewOf } from './preview';
import { type Known, MODEL_FIELDS, TENSOR_FIELDS } from './variable';

/** Tensors with more values are looked at in part. */
const VALUES = 1_000_000;
const BINS = 30;
const FIRST = 20;

/** Everything that is to be said of one value. */
export function detailOf(value: unknown, { tf }: Known): MimeBundle {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) {
    return { 'text/plain': typeof value === 'string' ? value.slice(0, 100_000) : previewOf(value) };
  }
  if (isPure(value, tf.Tensor, TENSOR_FIELDS)) return tensorDetail(tf, value);
  if (isPure(value, tf.LayersModel, MODEL_FIELDS)) return { 'text/plain': summaryOf(value) };
  // What the library's own values say; a display of the user's own is code of the notebook, which looking does not run.
  if (isOwn(value) && isDisplayable(value)) return bundleOf(value);
  const text = types.isTypedArray(value) || types.isAnyArrayBuffer(value) ? previewOf(value) : linesOf(value);
  const tree = jsonTree(value);
  return tree === undefined ? { 'text/plain': text } : { 'application/json': tree, 'text/plain': text };
}

function isOwn(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || !isTrustedClass(prototype)) return false;
  // What was put on it later is not the library's.
  return Object.values(Object.getOwnPropertyDescriptors(value)).every((field) => 'value' in field);
}

function summaryOf(model: TensorFlow.LayersModel): string {
  const lines: string[] = [];
  model.summary(100, undefined, (line: string) => lines.push(line));
  return lines.join('\n');
}

function tensorDetail(tf: Known['tf'], tensor: TensorFlow.Tensor): MimeBundle {
  const head = `${tensor.dtype} [${tensor.shape.join(', ')}], ${tensor.size.toLocaleString('en-US')} values`;
  if (tensor.isDisposed) return { 'text/plain': `${head}\ndisposed: its memory has been given back` };
  const part = tensor.size > VALUES;
  const values = (
    part ? tf.tidy(() => tensor.reshape([tensor.size]).slice(0, VALUES).dataSync()) : tensor.dataSync()
  ) as TensorValues;
  const first = Array.from({ length: Math.min(FIRST, tensor.size) }, (_, i) => valueText(values, i, tensor.dtype));
  const lines = [head];
  const numbers = tensor.dtype === 'string' || tensor.dtype === 'complex64' ? undefined : (values as ArrayLike<number>);
  const statistics = numbers && statisticsOf(numbers);
  if (part) lines.push(`of the first ${VALUES.toLocaleString('en-US')}:`);
  if (statistics) lines.push(statistics.text);
  lines.push(`first values: ${first.join(', ')}${tensor.size > FIRST ? ', …' : ''}`);
  const bundle: MimeBundle = { 'text/plain': lines.join('\n') };
  return statistics?.figure ? { [MIME_PLOTLY]: statistics.figure, ...bundle } : bundle;
}

function statisticsOf(values: ArrayLike<number>): { text: string; figure?: object } {
  let [count, sum, low, high, odd] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      odd++;
      continue;
    }
    count++;
    sum += value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const oddities = odd > 0 ? `, ${odd.toLocaleString('en-US')} NaN or infinite` : '';
  if (count === 0) return { text: `no finite value${oddities}` };
  const mean = sum / count;
  let squares = 0;
  const bins = new Array<number>(BINS).fill(0);
  const width = (high - low) / BINS;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    squares += (value - mean) ** 2;
    bins[width > 0 ? Math.min(BINS - 1, Math.floor((value - low) / width)) : 0]!++;
  }
  const [min, max, average, deviation] = [low, high, mean, Math.sqrt(squares / count)].map(scalarText);
  const text = `min ${min}, max ${max}, mean ${average}, standard deviation ${deviation}${oddities}`;
  if (!(width > 0)) return { text };
  const x = bins.map((_, bin) => low + (bin + 0.5) * width);
  return {
    text,
    figure: {
      data: [{ type: 'bar', x, y: bins, name: 'values' }],
      layout: { height: 220, bargap: 0, margin: { t: 10, b: 40, l: 50, r: 10 } },
    },
  };
}

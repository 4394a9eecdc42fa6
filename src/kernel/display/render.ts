import { types } from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs';
import { DISPLAY, type Displayable, isDisplayable } from '../../outputs/display';
import { MIME_TABLE, type MimeBundle } from '../../outputs/mime';
import { describeError, headline } from '../errors/describe';
import { isMimeBundle } from './bundle';
import { pictureBundle } from './picture';
import { jsonTree, recordsTable } from './records';
import { tensorBundle } from './tensor';
import { inspectText } from './text';

/** The method by which objects show themselves in Jupyter kernels for JavaScript; it may return a promise. */
const JUPYTER = Symbol.for('Jupyter.display');

export type Rendered = MimeBundle | Promise<MimeBundle>;

/**
 * How a value is shown. In this order: a proxy as its target, without asking it for anything; what it says itself (`Symbol.for('dinnb.display')`, `Symbol.for('Jupyter.display')`),
 * a MIME bundle as it is, tensors, errors, the bytes of a picture, records as a table, JSON that is longer than a line as a tree,
 * and for all others the text of Node's `inspect`.
 *
 * @throws whatever the value's own display method throws
 */
export function render(value: unknown, tf: typeof TensorFlow | undefined): Rendered {
  if (types.isProxy(value)) return { 'text/plain': inspectText(value) };
  if (isDisplayable(value)) return bundleOf(value);
  const jupyter = (value as { [JUPYTER]?: unknown } | null | undefined)?.[JUPYTER];
  if (typeof jupyter === 'function') {
    const shown: unknown = jupyter.call(value);
    if (!types.isPromise(shown)) return checkedBundle(shown, 'Jupyter.display');
    return shown.then((bundle) => checkedBundle(bundle, 'Jupyter.display'));
  }
  if (isMimeBundle(value)) return value;
  if (tf && value instanceof tf.Tensor) return tensorBundle(tf, value);
  if (types.isNativeError(value)) return { 'text/plain': errorText(value) };
  return pictureBundle(value) ?? structured(value, inspectText(value));
}

function structured(value: unknown, text: string): MimeBundle {
  const table = recordsTable(value);
  if (table) return { [MIME_TABLE]: table, 'text/plain': text };
  const tree = text.includes('\n') && hasNested(value) ? jsonTree(value) : undefined;
  return tree === undefined ? { 'text/plain': text } : { 'application/json': tree, 'text/plain': text };
}

/** A list of numbers is read better as text than as a tree. */
function hasNested(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  if (Array.isArray(value)) return value.some((entry) => typeof entry === 'object' && entry !== null);
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

export function errorText(error: unknown): string {
  const { name, message, frames, details } = describeError(error);
  return [headline(name, message), ...frames, ...(details ? [details.trimEnd()] : [])].join('\n');
}

/** What a value says of itself. */
export function bundleOf(value: Displayable): MimeBundle {
  return checkedBundle(value[DISPLAY](), 'dinnb.display');
}

function checkedBundle(value: unknown, method: string): MimeBundle {
  if (isMimeBundle(value)) return value;
  throw new TypeError(
    `[Symbol.for('${method}')]() must return an object from MIME types to values, not ${inspectText(value)}.`,
  );
}

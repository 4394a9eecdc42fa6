import { types } from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs';
import { DISPLAY, isDisplayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import { describeError, headline } from '../errors/describe';
import { isMimeBundle } from './bundle';
import { tensorBundle } from './tensor';
import { inspectText } from './text';

/** The method by which objects show themselves in Jupyter kernels for JavaScript; it may return a promise. */
const JUPYTER = Symbol.for('Jupyter.display');

export type Rendered = MimeBundle | Promise<MimeBundle>;

/**
 * How a value is shown. In this order: what it says itself (`Symbol.for('dinnb.display')`, `Symbol.for('Jupyter.display')`),
 * a MIME bundle as it is, tensors, errors, and for all others the text of Node's `inspect`.
 *
 * @throws whatever the value's own display method throws
 */
export function render(value: unknown, tf: typeof TensorFlow | undefined): Rendered {
  if (isDisplayable(value)) return bundleOf(value[DISPLAY](), 'dinnb.display');
  const jupyter = (value as { [JUPYTER]?: unknown } | null | undefined)?.[JUPYTER];
  if (typeof jupyter === 'function') {
    const shown: unknown = jupyter.call(value);
    if (!types.isPromise(shown)) return bundleOf(shown, 'Jupyter.display');
    return shown.then((bundle) => bundleOf(bundle, 'Jupyter.display'));
  }
  if (isMimeBundle(value)) return value;
  if (tf && value instanceof tf.Tensor) return tensorBundle(tf, value);
  if (types.isNativeError(value)) return { 'text/plain': errorText(value) };
  return { 'text/plain': inspectText(value) };
}

export function errorText(error: unknown): string {
  const { name, message, frames, details } = describeError(error);
  return [headline(name, message), ...frames, ...(details ? [details.trimEnd()] : [])].join('\n');
}

function bundleOf(value: unknown, method: string): MimeBundle {
  if (isMimeBundle(value)) return value;
  throw new TypeError(
    `[Symbol.for('${method}')]() must return an object from MIME types to values, not ${inspectText(value)}.`,
  );
}

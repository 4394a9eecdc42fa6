import * as tf from '@tensorflow/tfjs';

/** A tensor, or lists and records of tensors, nested at will. Nothing (`undefined`, `null`) may stand in any place. */
export type TensorTree = tf.Tensor | undefined | null | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/** A tree's form, with the position of each tensor in the list of all. */
type Template = number | undefined | null | Template[] | { [name: string]: Template };

/** A tree as a list of tensors. */
export interface FlatTree {
  tensors: tf.Tensor[];
  template: Template;
}

/**
 * Lists a tree's tensors, depth first.
 * @param refuse makes the error for a place (`result.loss`) that holds something else.
 */
export function flatten(tree: unknown, root: string, refuse: (place: string, what: string) => Error): FlatTree {
  const tensors: tf.Tensor[] = [];
  const visit = (value: unknown, place: string): Template => {
    if (value === undefined || value === null) return value;
    if (value instanceof tf.Tensor) return tensors.push(value) - 1;
    if (Array.isArray(value)) return value.map((item, i) => visit(item, `${place}[${i}]`));
    if (isPlainObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, visit(item, `${place}.${name}`)]));
    }
    throw refuse(place, describe(value));
  };
  return { template: visit(tree, root), tensors };
}

/** The tree again, with other tensors in the places of the first ones. */
export function rebuild(template: Template, tensors: readonly tf.Tensor[]): unknown {
  if (typeof template === 'number') return tensors[template];
  if (Array.isArray(template)) return template.map((item) => rebuild(item, tensors));
  if (!template) return template;
  return Object.fromEntries(Object.entries(template).map(([name, item]) => [name, rebuild(item, tensors)]));
}

/** Dtypes, shapes and form: `float32[12,5], {ids: int32[12,1]}`. */
export function signatureOf({ template, tensors }: FlatTree): string {
  const print = (part: Template): string => {
    if (typeof part === 'number') return `${tensors[part].dtype}[${tensors[part].shape.join()}]`;
    if (Array.isArray(part)) return `[${part.map(print).join(', ')}]`;
    if (!part) return String(part);
    return `{${Object.entries(part)
      .map(([name, item]) => `${name}: ${print(item)}`)
      .join(', ')}}`;
  };
  return Array.isArray(template) ? template.map(print).join(', ') : print(template);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value) return `a ${value.constructor.name}`;
  return `the ${typeof value} ${String(value)}`;
}

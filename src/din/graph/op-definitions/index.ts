import json from './definitions.json';

/** `[name, dtype (0: given by an attribute), type attribute, number attribute, type-list attribute]`. */
export type ArgumentDefinition = [name: string, dtype: number, typeOf: string, countOf: string, typesOf: string];

/** What TensorFlow knows of an op: its arguments and which attributes it takes (`[type, has a default]`). */
export interface OpDefinition {
  inputs: ArgumentDefinition[];
  outputs: ArgumentDefinition[];
  attributes: Record<string, [type: string, hasDefault: boolean]>;
}

/** Made by make.py from TensorFlow's own registry. */
const definitions = json as unknown as Record<string, OpDefinition>;

/** Undefined for ops that neither tfjs-node executes nor this folder emits. */
export function opDefinition(op: string): OpDefinition | undefined {
  return Object.hasOwn(definitions, op) ? definitions[op] : undefined;
}

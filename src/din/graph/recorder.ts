import type * as tf from '@tensorflow/tfjs';
import {
  type Attribute,
  type Attributes,
  DataType,
  dataTypeName,
  dataTypeOf,
  type TensorValue,
  type,
} from './attributes';
import { type Binding, type NodeBackend, type OpAttribute, type TensorMetadata, tensorId } from './binding';
import { type Body, dtypeOf, type Node, type Ref, type SessionVariable, sizeOf } from './ir';
import { opDefinition } from './op-definitions';
import { GraphRefused } from './refused';
import { valueBytes } from './values';

/** A constant of a trace: what random numbers look like until two traces are compared. */
export interface JsConstant {
  node: Node;
  value: TensorValue;
  /** The op that used it first. */
  consumer: string;
  /** TensorFlow.js' name of its data. */
  dataId?: object;
}

/** How many steps are being recorded: at most one. */
let recordings = 0;

/** Whether a step is being recorded now: graphs must not run inside it, the recorder does not see what they compute. */
export const isRecording = (): boolean => recordings > 0;

/** Ops whose output shapes depend on values: a trace would bake in the shapes of one batch. */
const SHAPE_DEPENDS_ON_VALUES = new Set([
  'Where',
  'UniqueV2',
  'NonMaxSuppressionV3',
  'NonMaxSuppressionV4',
  'NonMaxSuppressionV5',
  'DecodeJpeg',
  'DecodePng',
  'DecodeGif',
  'DecodeBmp',
]);

/** Ops that draw random numbers in TensorFlow by a seed of their own: each run of a training would draw others. */
const DRAWS_NUMBERS = new Set(['Multinomial']);

/** Stands in for the backend's binding while a step runs, and writes down what is executed. */
export class Recorder {
  readonly constants: JsConstant[] = [];
  readonly variables = new Map<string, tf.Variable>();
  private readonly refs = new Map<number, Ref>();
  /** Tensors that exist but that no recorded op made: their dtype and shape. */
  private readonly outside = new Map<number, { dtype: number; shape: number[]; dataId?: object }>();
  private readonly variableById = new Map<number, tf.Variable>();
  private readonly sessionVariables = new Map<string, SessionVariable>();
  private readonly binding: Binding;

  constructor(
    private readonly backend: NodeBackend,
    readonly body: Body,
    registered: tf.Variable[],
  ) {
    this.binding = backend.binding;
    for (const variable of registered) this.variableById.set(tensorId(backend, variable), variable);
  }

  bind(id: number, ref: Ref): void {
    this.refs.set(id, ref);
  }

  /** Runs `step` with the recording binding in place. */
  record<T>(step: () => T): T {
    const { backend, binding } = this;
    const getIds = backend.getInputTensorIds;
    const overrides: Partial<Binding> = {
      createTensor: (shape: number[], dtype: number, values: unknown) => {
        const id = binding.createTensor(shape, dtype, values);
        this.outside.set(id, { dtype, shape: [...shape] });
        return id;
      },
      executeOp: (op: string, attributes: OpAttribute[], inputs: number[], outputs: number) => {
        const results = binding.executeOp(op, attributes, inputs, outputs);
        this.addOp(op, attributes, inputs, results);
        return results;
      },
      tensorDataSync: (id: number) => this.readValues(id),
    };
    // The addon's members are read-only: they cannot be assigned on an object that inherits them, but redefined.
    const recording = Object.create(
      binding,
      Object.fromEntries(Object.entries(overrides).map(([name, value]) => [name, { value }])),
    ) as Binding;
    backend.binding = recording;
    backend.getInputTensorIds = (tensors) => {
      const ids = getIds.call(backend, tensors);
      tensors.forEach((tensor, i) => {
        // 64-bit scalars have no dataId; createTensor above has seen them.
        if (tensor.dataId && !this.outside.get(ids[i])?.dataId) {
          const { dtype } = backend.tensorMap.get(tensor.dataId);
          this.outside.set(ids[i], { dtype, shape: tensor.shape, dataId: tensor.dataId });
        }
      });
      return ids;
    };
    recordings++;
    try {
      return step();
    } finally {
      recordings--;
      backend.binding = binding;
      backend.getInputTensorIds = getIds;
    }
  }

  refOf(tensor: tf.Tensor): Ref {
    const id = tensorId(this.backend, tensor);
    if (!this.outside.has(id)) {
      this.outside.set(id, { dtype: dataTypeOf(tensor.dtype) ?? 0, shape: tensor.shape, dataId: tensor.dataId });
    }
    return this.valueOf(id, 'the result');
  }

  sessionVariable(variable: tf.Variable): SessionVariable {
    let session = this.sessionVariables.get(variable.name);
    if (!session) {
      const dtype = dataTypeOf(variable.dtype);
      if (!dtype) throw new GraphRefused(`variable '${variable.name}' is of dtype ${variable.dtype}`);
      session = { name: variable.name, dtype, shape: variable.shape };
      this.sessionVariables.set(variable.name, session);
      this.variables.set(variable.name, variable);
    }
    return session;
  }

  /** The value behind a tensor id: of a recorded op, an input, a variable, or a constant made in JavaScript. */
  valueOf(id: number, consumer: string): Ref {
    const known = this.refs.get(id);
    if (known) return known;
    const variable = this.variableById.get(id);
    const ref = variable ? this.body.read(this.sessionVariable(variable)) : this.constantOf(id, consumer);
    this.refs.set(id, ref);
    return ref;
  }

  private constantOf(id: number, consumer: string): Ref {
    const about = this.outside.get(id);
    if (!about) throw new GraphRefused(`${consumer} takes a tensor of unknown origin`, consumer);
    const dtype = about.dtype as DataType;
    if (dtype === DataType.string || dtype === DataType.resource) {
      throw new GraphRefused(`${consumer} takes a ${dataTypeName(dtype)} constant`, consumer);
    }
    const value: TensorValue = { dtype, shape: about.shape, bytes: valueBytes(this.binding.tensorDataSync(id)) };
    // Small integers are shapes and axes; anything else may turn out to be random, so it keeps a node of its own.
    const shared = sizeOf(about.shape) === 1 || dtype === DataType.int32;
    const ref = shared ? this.body.constant(value) : this.body.freshConstant(value);
    this.constants.push({ node: ref.node, value, consumer, dataId: about.dataId });
    return ref;
  }

  private addOp(op: string, opAttributes: OpAttribute[], inputs: number[], results: TensorMetadata[]): void {
    if (SHAPE_DEPENDS_ON_VALUES.has(op)) throw new GraphRefused(`the shape that ${op} gives depends on values`, op);
    if (DRAWS_NUMBERS.has(op)) throw new GraphRefused(`${op} draws random numbers`, op);
    const refs = inputs.map((id) => this.valueOf(id, op));
    const node = this.body.add(
      op,
      refs,
      attributesOf(this.binding, op, opAttributes, refs),
      results.map(({ dtype, shape }) => ({ dtype: dtype as DataType, shape })),
    );
    results.forEach(({ id }, index) => {
      this.refs.set(id, { node, index });
    });
  }

  /** Values that JavaScript looks at decide what it does next: only constants may be looked at. */
  private readValues(id: number): Float32Array | Int32Array | Uint8Array {
    const ref = this.refs.get(id);
    if (ref ? ref.node.op !== 'Const' : this.variableById.has(id)) {
      const op = ref?.node.op === '_Arg' ? 'an input' : (ref?.node.op ?? 'a variable');
      throw new GraphRefused(`the step reads the values of ${op} (dataSync, arraySync, data or print)`, op);
    }
    return this.binding.tensorDataSync(id);
  }
}

/** tfjs-node's attributes, corrected for a graph: types follow the real inputs, unknown attributes go. */
function attributesOf(binding: Binding, op: string, given: OpAttribute[], inputs: Ref[]): Attributes {
  const definition = opDefinition(op);
  if (!definition) throw new GraphRefused(`${op} is not an op that graphs know here`, op);
  const attributes: Attributes = {};
  for (const attribute of given) {
    if (attribute.name in definition.attributes) attributes[attribute.name] = attributeOf(binding, op, attribute);
  }
  let position = 0;
  for (const [, , typeOf, countOf] of definition.inputs) {
    const count = attributes[countOf];
    if (typeOf && inputs[position]) attributes[typeOf] = type(dtypeOf(inputs[position]));
    position += count?.kind === 'int' ? count.value : 1;
  }
  for (const [name, [, hasDefault]] of Object.entries(definition.attributes)) {
    if (!hasDefault && !(name in attributes)) throw new GraphRefused(`attribute ${name} of ${op} is not known`, op);
  }
  return attributes;
}

function attributeOf(binding: Binding, op: string, { name, type: kind, value }: OpAttribute): Attribute {
  switch (kind) {
    case binding.TF_ATTR_TYPE:
      return { kind: 'type', value: value as DataType };
    case binding.TF_ATTR_INT:
      return Array.isArray(value) ? { kind: 'ints', value } : { kind: 'int', value: value as number };
    case binding.TF_ATTR_FLOAT:
      return Array.isArray(value) ? { kind: 'floats', value } : { kind: 'float', value: value as number };
    case binding.TF_ATTR_BOOL:
      return { kind: 'bool', value: value as boolean };
    case binding.TF_ATTR_STRING:
      return { kind: 'string', value: value as string };
    case binding.TF_ATTR_SHAPE:
      return { kind: 'shape', value: value as number[] };
    default:
      throw new GraphRefused(`attribute ${name} of ${op} is of a kind that graphs do not know here`, op);
  }
}

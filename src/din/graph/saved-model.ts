import type { Attribute, DataType, Shape } from './attributes';
import type { Body, Node, Ref } from './ir';
import { opDefinition } from './op-definitions';
import { ProtoWriter } from './wire';

/** A body that other nodes call by name (`While`, `StatefulPartitionedCall`). */
export interface GraphFunction {
  name: string;
  body: Body;
  /** Compile the whole function with XLA, or fail. */
  xla?: boolean;
}

/**
 * Version of the graph's language, TensorFlow 2.9's: newer ones keep reading it, and 2.9.1 (the release that
 * tfjs-node installs) refuses nothing in it.
 */
const GRAPH_PRODUCER = 1087;

/** Field numbers below are those of tensorflow/core/framework/*.proto and core/protobuf/{saved_model,meta_graph}.proto. */
export function savedModel(bodies: readonly Body[], functions: readonly GraphFunction[], tag: string): Uint8Array {
  return new ProtoWriter()
    .int(1, 1)
    .message(2, (metaGraph) =>
      metaGraph
        .message(1, (info) => info.string(4, tag))
        .message(2, (graph) => {
          for (const body of bodies) {
            for (const node of [...body.args, ...body.nodes]) graph.message(1, (w) => writeNode(w, node, graphInput));
          }
          graph.message(2, (library) => {
            for (const f of functions) library.message(1, (w) => writeFunction(w, f));
          });
          graph.message(4, (versions) => versions.int(1, GRAPH_PRODUCER));
        }),
    )
    .finish();
}

const graphInput = ({ node, index }: Ref): string => (index ? `${node.name}:${index}` : node.name);

/** Inside functions an output is named by its argument: `node:argument:position`. */
function functionInput({ node, index }: Ref): string {
  if (node.op === '_Arg') return node.name;
  let position = index;
  for (const [name, , , countOf, typesOf] of opDefinition(node.op)!.outputs) {
    const attribute = node.attributes[countOf || typesOf];
    const count = !attribute ? 1 : attribute.kind === 'int' ? attribute.value : (attribute.value as unknown[]).length;
    if (position < count) return `${node.name}:${name}:${position}`;
    position -= count;
  }
  throw new Error(`${node.op} has no output ${index}.`);
}

function writeNode(w: ProtoWriter, node: Node, input: (ref: Ref) => string): void {
  w.string(1, node.name).string(2, node.op === '_Arg' ? 'Placeholder' : node.op);
  for (const ref of node.inputs) w.string(3, input(ref));
  for (const before of node.after) w.string(3, `^${before.name}`);
  writeAttributes(w, 5, node.attributes);
}

function writeFunction(w: ProtoWriter, { name, body, xla }: GraphFunction): void {
  const argument = (inner: ProtoWriter, argumentName: string, dtype: DataType) =>
    inner.string(1, argumentName).int(3, dtype);
  w.message(1, (signature) => {
    signature.string(1, name);
    for (const arg of body.args) signature.message(2, (inner) => argument(inner, arg.name, arg.outputs[0].dtype));
    body.results.forEach((ref, i) => {
      signature.message(3, (inner) => argument(inner, `result${i}`, ref.node.outputs[ref.index].dtype));
    });
    signature.int(17, 1);
  });
  for (const node of body.nodes) w.message(3, (inner) => writeNode(inner, node, functionInput));
  body.results.forEach((ref, i) => {
    w.message(4, (entry) => entry.string(1, `result${i}`).string(2, functionInput(ref)));
  });
  if (xla)
    writeAttributes(w, 5, { _XlaMustCompile: { kind: 'bool', value: true }, _noinline: { kind: 'bool', value: true } });
}

function writeAttributes(w: ProtoWriter, field: number, attributes: Record<string, Attribute>): void {
  for (const [key, attribute] of Object.entries(attributes)) {
    w.message(field, (entry) => entry.string(1, key).message(2, (value) => writeAttribute(value, attribute)));
  }
}

function writeAttribute(w: ProtoWriter, attribute: Attribute): void {
  switch (attribute.kind) {
    case 'string':
      w.string(2, attribute.value);
      break;
    case 'int':
      w.int(3, attribute.value);
      break;
    case 'float':
      w.float(4, attribute.value);
      break;
    case 'bool':
      w.int(5, attribute.value ? 1 : 0);
      break;
    case 'type':
      w.int(6, attribute.value);
      break;
    case 'shape':
      w.message(7, (inner) => writeShape(inner, attribute.value));
      break;
    case 'tensor': {
      const { dtype, shape, bytes } = attribute.value;
      w.message(8, (inner) =>
        inner
          .int(1, dtype)
          .message(2, (s) => writeShape(s, shape))
          .bytes(4, bytes),
      );
      break;
    }
    case 'function':
      w.message(10, (inner) => inner.string(1, attribute.value));
      break;
    case 'types':
      w.message(1, (list) => list.ints(6, attribute.value));
      break;
    case 'ints':
      w.message(1, (list) => list.ints(3, attribute.value));
      break;
    case 'floats':
      w.message(1, (list) => list.floats(4, attribute.value));
      break;
    case 'shapes':
      w.message(1, (list) => {
        for (const s of attribute.value) list.message(7, (inner) => writeShape(inner, s));
      });
      break;
  }
}

function writeShape(w: ProtoWriter, shape: Shape): void {
  if (!shape) {
    w.int(3, 1);
    return;
  }
  for (const size of shape) w.message(2, (dimension) => dimension.int(1, size));
}

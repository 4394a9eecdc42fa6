import * as tf from '@tensorflow/tfjs';
import { DataType, dataTypeOf } from './attributes';
import { type Engine, engine, type NodeBackend, nodeBackend, ownTensor, sharesData, tensorId } from './binding';
import { Body, type Ref, type SessionVariable } from './ir';
import { type JsConstant, Recorder } from './recorder';
import { GraphRefused } from './refused';
import { withUncheckedGather } from './unchecked-gather';

/** What a step did, as a graph body. */
export interface Trace {
  body: Body;
  inputs: Ref[];
  outputs: Ref[];
  /** Variables that the step assigned, with their new values. Not part of the body yet: see `assignWrites`. */
  writes: { variable: SessionVariable; value: Ref }[];
  /** The tfjs variables behind the session variables that were read or written, by name. */
  variables: Map<string, tf.Variable>;
  /** Values that JavaScript made or that the step captured, in the order of their first use. */
  constants: JsConstant[];
  /** Whether a constant is a tensor from outside of the step that still exists: nothing random of the step's own. */
  captured: (constant: JsConstant) => boolean;
}

/** What a step may ask while it is traced. */
export interface TraceContext {
  readonly body: Body;
  /** The value in the body that stands for a tensor. */
  refOf(tensor: tf.Tensor): Ref;
  /** The session variable that stands for a tfjs variable. */
  sessionVariable(variable: tf.Variable): SessionVariable;
}

/**
 * Runs `step` once, eagerly, and records each TensorFlow op it executes. Variables that it assigned get their old
 * values back, so tracing changes nothing.
 *
 * Tensors are known by their data, and TensorFlow.js lets tensors share data (clones, arguments given twice, two variables
 * made from one tensor). So inputs and variables that share theirs get data of their own while the step is traced.
 *
 * @param step called inside `tf.tidy` with tensors that stand for the inputs; must be synchronous and must not look at
 * the values of tensors.
 * @param inputs become the body's arguments, in their dtypes and shapes.
 * @throws GraphRefused for what cannot become a graph, with the op at which it ended.
 */
export function trace(
  step: (context: TraceContext, inputs: tf.Tensor[]) => tf.Tensor[],
  inputs: readonly tf.Tensor[],
): Trace {
  const backend = nodeBackend();
  const core = engine();
  const body = new Body();
  const registered = Object.values(core.state.registeredVariables);
  const before = registered.map((variable) => ({ variable, dataId: variable.dataId, start: variable.dataId }));
  const shared = before.filter(({ dataId }) => sharesData(backend, dataId));
  for (const { dataId } of before) backend.incRef(dataId);
  const newest = tf.tidy(() => tf.scalar(0).id);
  try {
    let result: Trace | undefined;
    tf.tidy(() => {
      for (const entry of shared) {
        entry.variable.assign(ownTensor(backend, entry.variable));
        entry.start = entry.variable.dataId;
      }
      const recorder = new Recorder(backend, body, registered);
      const own = inputs.map((tensor) => ownTensor(backend, tensor));
      const args = own.map((tensor, i) => {
        const ref = body.argument(inputType(tensor, i), tensor.shape, `input${i}`);
        recorder.bind(tensorId(backend, tensor), ref);
        return ref;
      });
      const results = withUncheckedGather(backend, () => recorder.record(() => step(recorder, own)));
      const created = Object.keys(core.state.registeredVariables).length - registered.length;
      if (created) throw new GraphRefused(`the step creates ${created} variable${created > 1 ? 's' : ''} each time`);
      const outputs = results.map((tensor) => recorder.refOf(tensor));
      const writes = before
        .filter(({ variable, start }) => variable.dataId !== start)
        .map(({ variable }) => ({
          variable: recorder.sessionVariable(variable),
          value: recorder.valueOf(tensorId(backend, variable), 'assign'),
        }));
      // Results may be kept; those that the step made are nobody's now, its inputs and captures are.
      for (const tensor of results) if (tensor.id > newest) tensor.dispose();
      const { variables, constants } = recorder;
      const captured = ({ dataId }: JsConstant) => dataId !== undefined && backend.tensorMap.has(dataId);
      result = { body, inputs: args, outputs, writes, variables, constants, captured };
    });
    return result!;
  } finally {
    for (const { variable, dataId } of before) restore(backend, core, variable, dataId);
  }
}

/** Runs `body`, which may assign variables at will: they get their old values back. */
export function withVariablesRestored<T>(body: () => T): T {
  const backend = nodeBackend();
  const core = engine();
  const before = Object.values(core.state.registeredVariables).map((variable) => ({
    variable,
    dataId: variable.dataId,
  }));
  for (const { dataId } of before) backend.incRef(dataId);
  try {
    return body();
  } finally {
    for (const { variable, dataId } of before) restore(backend, core, variable, dataId);
  }
}

/** @throws GraphRefused for dtypes that graphs do not take here. */
function inputType(tensor: tf.Tensor, index: number): DataType {
  const dtype = dataTypeOf(tensor.dtype);
  if (!dtype || dtype === DataType.string) throw new GraphRefused(`input ${index + 1} is of dtype ${tensor.dtype}`);
  return dtype;
}

function restore(backend: NodeBackend, core: Engine, variable: tf.Variable, dataId: object): void {
  if (variable.dataId !== dataId && !variable.isDisposed) {
    core.disposeTensor(variable);
    variable.dataId = dataId as tf.DataId;
    core.incRef(variable, null);
  }
  backend.disposeData(dataId);
}

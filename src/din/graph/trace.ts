import * as tf from '@tensorflow/tfjs';
import { dataTypeOf } from './attributes';
import { type Engine, engine, type NodeBackend, nodeBackend, tensorId } from './binding';
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
 * @param step called inside `tf.tidy`; must be synchronous and must not look at the values of tensors.
 * @param inputs become the body's arguments, in their dtypes and shapes.
 * @throws GraphRefused for what cannot become a graph, with the op at which it ended.
 */
export function trace(step: (context: TraceContext) => tf.Tensor[], inputs: readonly tf.Tensor[]): Trace {
  const backend = nodeBackend();
  const core = engine();
  const body = new Body();
  const registered = Object.values(core.state.registeredVariables);
  const recorder = new Recorder(backend, body, registered);
  const args = inputs.map((tensor, i) => {
    const dtype = dataTypeOf(tensor.dtype);
    if (!dtype) throw new GraphRefused(`input ${i} is of dtype ${tensor.dtype}`);
    const ref = body.argument(dtype, tensor.shape, `input${i}`);
    recorder.bind(tensorId(backend, tensor), ref);
    return ref;
  });
  const before = registered.map((variable) => ({ variable, dataId: variable.dataId }));
  for (const { dataId } of before) backend.incRef(dataId);
  const newest = tf.tidy(() => tf.scalar(0).id);
  try {
    let result: Trace | undefined;
    tf.tidy(() => {
      const results = withUncheckedGather(backend, () => recorder.record(() => step(recorder)));
      if (!Array.isArray(results)) throw new GraphRefused('the step is asynchronous');
      const created = Object.keys(core.state.registeredVariables).length - registered.length;
      if (created) throw new GraphRefused(`the step creates ${created} variable${created > 1 ? 's' : ''} each time`);
      const outputs = results.map((tensor) => recorder.refOf(tensor));
      const writes = before
        .filter(({ variable, dataId }) => variable.dataId !== dataId)
        .map(({ variable }) => ({
          variable: recorder.sessionVariable(variable),
          value: recorder.valueOf(tensorId(backend, variable), 'assign'),
        }));
      // Results may be kept; those that the step made are nobody's now, its inputs and captures are.
      for (const tensor of results) if (tensor.id > newest) tensor.dispose();
      result = { body, inputs: args, outputs, writes, variables: recorder.variables, constants: recorder.constants };
    });
    return result!;
  } finally {
    for (const { variable, dataId } of before) restore(backend, core, variable, dataId);
  }
}

function restore(backend: NodeBackend, core: Engine, variable: tf.Variable, dataId: object): void {
  if (variable.dataId !== dataId && !variable.isDisposed) {
    core.disposeTensor(variable);
    variable.dataId = dataId as tf.DataId;
    core.incRef(variable, null);
  }
  backend.disposeData(dataId);
}

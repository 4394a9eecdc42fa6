import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs';

/**
 * A notebook's variables are run over and over: models are dropped, not disposed. TensorFlow.js keeps every variable in a
 * list of its own, so that tables would outlive the network that nobody can reach any more. They are freed with their
 * owners instead.
 */
const owners = new FinalizationRegistry<readonly tf.Variable[]>((variables) => {
  for (const variable of variables) if (!variable.isDisposed) variable.dispose();
});

/** Frees variables when `owner` is collected. They must not lead back to it. */
export function freeWith(owner: object, variables: readonly tf.Variable[]): void {
  owners.register(owner, [...variables]);
}

const TOKEN = Symbol('weights');

/**
 * Frees a network's weights when neither it nor any of its layers can be reached: other networks may share layers.
 * A weight that must outlive its network has to be cloned.
 */
export function freeWithNetwork(network: tf.LayersModel): void {
  const token = {};
  for (const layer of [network, ...network.layers]) Object.defineProperty(layer, TOKEN, { value: token });
  freeWith(
    token,
    network.weights.map((weight) => (weight as unknown as { val: tf.Variable }).val),
  );
}

/** Bytes of tensors that may pile up before garbage is looked for. */
const RELIEF = 2 ** 25;
let bytesAtLastLook = 0;
let collect: (() => void) | undefined;

/**
 * Looks for garbage where tensors have grown much since the last time: JavaScript's collector does not see their memory,
 * and would let dropped tables pile up for hours. What it finds is freed when the event loop next turns.
 */
export function relieveMemory(): void {
  forgetLastNetworks();
  const { numBytes } = tf.memory();
  if (numBytes < bytesAtLastLook) bytesAtLastLook = numBytes;
  if (numBytes - bytesAtLastLook < RELIEF) return;
  bytesAtLastLook = numBytes;
  collect ??= collector();
  collect();
}

/** TensorFlow.js remembers the order of the layers of the last hundred networks that ran, and so the networks: those that run again find it anew. */
function forgetLastNetworks(): void {
  const flag = 'TOPOLOGICAL_SORT_CACHE_MAX_ENTRIES';
  const usual = tf.env().getNumber(flag);
  tf.env().set(flag, 0);
  tf.env().set(flag, usual);
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

import type * as tf from '@tensorflow/tfjs';

/** What a layer computes, as plain data: enough to tell whether a network is the one that was written down. */
export interface LayerRecord {
  /** Of its class. */
  layer: string;
  /** For people: it says nothing of what is computed, and TensorFlow.js makes up another in each process. */
  name: string;
  /** Its settings, but for those that only say how its weights began; functions by their source text. */
  config: unknown;
  /** One an application: the layers (by their place), their application and output that it takes. */
  inputs?: number[][][];
  /** Of a network that is a layer. */
  layers?: LayerRecord[];
}

interface Node {
  inboundLayers: tf.layers.Layer[];
  nodeIndices: number[];
  tensorIndices: number[];
}

type Container = tf.LayersModel & { containerNodes: ReadonlySet<string> };
/** A layer of one's own may have `layers` as well. */
const isContainer = (layer: tf.layers.Layer): layer is Container =>
  (layer as Container).containerNodes instanceof Set && Array.isArray((layer as Container).layers);

/** The layers of a network, in its order. */
export function layerRecords(network: tf.LayersModel): LayerRecord[] {
  const { layers, containerNodes } = network as Container;
  const nodesOf = ({ name, inboundNodes }: tf.layers.Layer) =>
    (inboundNodes as unknown as Node[])
      .map((node, i) => ({ node, i }))
      .filter(({ i }) => containerNodes.has(`${name}_ib-${i}`));
  // A layer may have been applied outside of the network as well: only applications inside count.
  const applications = new Map(layers.map((layer) => [layer, nodesOf(layer)]));
  const sequential = network.getClassName() === 'Sequential';
  return layers.map((layer) => ({
    layer: layer.getClassName(),
    name: layer.name,
    config: isContainer(layer) ? {} : configOf(layer),
    ...(sequential
      ? {}
      : {
          inputs: applications
            .get(layer)!
            .map(({ node }) =>
              node.inboundLayers.map((from, k) => [
                layers.indexOf(from),
                (applications.get(from) ?? []).findIndex(({ i }) => i === node.nodeIndices[k]),
                node.tensorIndices[k],
              ]),
            ),
        }),
    ...(isContainer(layer) ? { layers: layerRecords(layer) } : {}),
  }));
}

/**
 * What is not trained, layer by layer: `layer 3 (Dense)`, `2 weights of layer 4 (BatchNormalization)`, `layer 5.1 (Dense)` of a network that
 * is a layer. By place, since names are made up anew in each process.
 */
export function frozenLayers(network: tf.LayersModel): string[] {
  const trained = new Set(network.trainableWeights);
  const within = (container: Container, path: string): string[] =>
    container.layers.flatMap((layer, i) => {
      if (isContainer(layer)) return within(layer, `${path}${i + 1}.`);
      const frozen = layer.weights.filter((weight) => !trained.has(weight)).length;
      if (frozen === 0) return [];
      const some = frozen < layer.weights.length ? `${frozen} weight${frozen === 1 ? '' : 's'} of ` : '';
      return [`${some}layer ${path}${i + 1} (${layer.getClassName()})`];
    });
  return within(network as Container, '');
}

/** A layer of one's own may not be made to be written down: it trains all the same, and is told apart by its class alone. */
function configOf(layer: tf.layers.Layer): unknown {
  try {
    return plain(layer.getConfig());
  } catch {
    return {};
  }
}

/** Names are made up, what is frozen is told by `frozenLayers`, and where weights began is no matter once they are there. */
const isLeftOut = (key: string): boolean => /^(name|trainable|.*[iI]nitializer)$/.test(key);

/** As JSON has it, keys sorted. */
function plain(value: unknown): unknown {
  if (typeof value === 'function') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value instanceof Map) return plain([...value]);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as ArrayLike<unknown>, plain);
  if (typeof value !== 'object' || value === null) return value ?? null;
  const entries = Object.entries(value).filter(([key, own]) => own !== undefined && !isLeftOut(key));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, own]) => [key, plain(own)]));
}

/** In words what first differs between two networks; undefined where they compute the same. */
export function firstDifferentLayer(then: readonly LayerRecord[], now: readonly LayerRecord[]): string | undefined {
  for (let i = 0; i < Math.max(then.length, now.length); i++) {
    const [old, own] = [then[i], now[i]];
    if (!old || !own || old.layer !== own.layer) return `layer ${i + 1} was ${kindOf(old)}, it is ${kindOf(own)}`;
    const where = `layer ${i + 1} ('${own.name}', ${own.layer})`;
    const inner = old.layers && own.layers && firstDifferentLayer(old.layers, own.layers);
    if (inner) return `in ${where}, ${inner}`;
    const setting = firstDifference(old.config, own.config);
    if (setting) return `${where} had ${setting}`;
    if (!same(old.inputs, own.inputs)) return `${where} took its inputs from other layers`;
  }
  return undefined;
}

const kindOf = (record: LayerRecord | undefined): string => (record ? `of the class ${record.layer}` : 'not there');
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** `activation "relu", it is "tanh"`. */
function firstDifference(then: unknown, now: unknown, path = ''): string | undefined {
  if (same(then, now)) return undefined;
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isRecord(then) || !isRecord(now)) return `${path} ${shown(then)}, it has ${shown(now)}`;
  const keys = new Set([...Object.keys(then), ...Object.keys(now)]);
  for (const key of keys) {
    const found = firstDifference(then[key], now[key], path ? `${path}.${key}` : key);
    if (found) return found;
  }
  return undefined;
}

/** A long text (a function) by its beginning. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}...` : text;
}

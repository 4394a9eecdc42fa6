import type * as tf from '@tensorflow/tfjs';
import { DISPLAY, type Displayable } from '../../outputs/display';

export interface LayerSummary {
  name: string;
  type: string;
  /** `null` is the batch. */
  shape: (number | null)[];
  parameters: number;
}

export interface Summary extends Displayable {
  layers: LayerSummary[];
  /** Trainable weights, all layers. */
  parameters: number;
  text: string;
}

/** A network layer by layer. Layers that only name an input are left out of the text. */
export function summarize(title: string, network: tf.LayersModel): Summary {
  const layers = network.layers.map((layer) => ({
    name: layer.name,
    type: layer.getClassName().replace(/^Din/, ''),
    shape: outputShape(layer),
    parameters: layer.countParams(),
  }));
  const parameters = network.trainableWeights.reduce(
    (sum, weight) => sum + weight.shape.reduce<number>((a, b) => a * (b ?? 1), 1),
    0,
  );
  const text = summaryText(title, layers, parameters);
  return { layers, parameters, text, [DISPLAY]: () => ({ 'text/plain': text }) };
}

/** A shared layer has one output shape for each place it is used in: the first stands for all. */
function outputShape(layer: tf.layers.Layer): (number | null)[] {
  const shape = (layer.inboundNodes[0] as unknown as { outputShapes: tf.Shape | tf.Shape[] }).outputShapes;
  return (Array.isArray(shape[0]) ? shape[0] : shape) as (number | null)[];
}

function summaryText(title: string, layers: readonly LayerSummary[], parameters: number): string {
  const rows = layers.map(({ name, type, shape, parameters: count }) => [
    name,
    type,
    `[${shape.map((size) => size ?? 'batch').join(', ')}]`,
    count > 0 ? count.toLocaleString('en-US') : '',
  ]);
  const head = ['layer', 'type', 'output', 'weights'];
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)));
  const line = (cells: string[]) =>
    cells
      .map((cell, i) => (i === 3 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  return [
    `${title}: ${parameters.toLocaleString('en-US')} trained weights`,
    line(head),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map(line),
  ].join('\n');
}

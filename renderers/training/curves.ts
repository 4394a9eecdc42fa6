import { decimate } from '../../src/outputs/decimate';
import { hasValues } from '../../src/outputs/metrics';
import type { TrainingOutput } from '../../src/outputs/training';
import type { TrainingSettings } from './settings';
import { smooth } from './smooth';

/** More points than pixels cannot be seen, and each costs time at every live change. */
const POINTS = 600;

export interface Curve {
  kind: 'running' | 'smoothed' | 'training' | 'validation';
  x: number[];
  y: (number | null)[];
  /** Points alone, where a line of the same values is drawn already. */
  markersOnly: boolean;
}

/** The lines of one metric's panel, those behind first. */
export function curvesOf(output: TrainingOutput, metric: string, settings: TrainingSettings): Curve[] {
  const { steps, epochLog } = output;
  const perEpoch = settings.x === 'step' ? Math.max(1, output.stepsPerEpoch) : 1;
  const result: Curve[] = [];
  const running = settings.x === 'step' && hasValues(steps.values, metric);
  if (running) {
    const values = steps.values[metric]!;
    result.push({ kind: 'running', ...decimate(steps.step, values, POINTS), markersOnly: false });
    if (settings.smoothing > 0) {
      const smoothed = decimate(steps.step, smooth(values, settings.smoothing), POINTS);
      result.push({ kind: 'smoothed', ...smoothed, markersOnly: false });
    }
  }
  for (const kind of ['training', 'validation'] as const) {
    if (!hasValues(epochLog[kind], metric)) continue;
    const { x, y } = decimate(epochLog.epoch, epochLog[kind][metric]!, POINTS);
    result.push({ kind, x: x.map((epoch) => epoch * perEpoch), y, markersOnly: kind === 'training' && running });
  }
  return result;
}

/** Pixels behind the last point: the ring around it is not cut. */
const AIR = 11;

/**
 * The x axis' range: while a run grows, up to the end of its current epoch, so that the axis does not creep.
 *
 * @param width of the plotting area in pixels
 */
export function xRange(output: TrainingOutput, settings: TrainingSettings, width: number): [low: number, high: number] {
  const air = AIR / Math.max(1, width - 2 * AIR);
  const lastEpoch = output.epochLog.epoch.at(-1) ?? 0;
  if (settings.x === 'epoch') {
    const first = output.epochLog.epoch[0] ?? 1;
    const last = Math.max(lastEpoch, first + 1);
    return [first - (last - first) * air, last + (last - first) * air];
  }
  const perEpoch = Math.max(1, output.stepsPerEpoch);
  const last = Math.max(output.steps.step.at(-1) ?? 0, lastEpoch * perEpoch, 1);
  const end = output.state === 'running' ? Math.ceil(last / perEpoch) * perEpoch : last;
  return [0, end * (1 + air)];
}

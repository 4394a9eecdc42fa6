import { formatCount, formatValue } from '../../src/outputs/format';
import { metricLabel } from '../../src/outputs/metrics';
import type { Figure } from '../shared/figure';
import type { Stop } from '../shared/plot';
import { WORDS } from './figure';

interface CurveMeta {
  metric: string;
  kind: keyof typeof WORDS;
}

/** Every point of every curve, a row a curve, for the arrow keys. */
export function trainingStops({ data }: Figure, axis: 'step' | 'epoch'): Stop[][] {
  return data.flatMap((trace, curveNumber) => {
    const meta = trace.meta as CurveMeta | undefined;
    if (!meta) return [];
    const x = trace.x as number[];
    const y = trace.y as (number | null)[];
    const row = y.flatMap((value, pointNumber): Stop[] => {
      if (value === null) return [];
      const text = () =>
        `${metricLabel(meta.metric)}, ${WORDS[meta.kind]}, ${axis} ${formatCount(x[pointNumber]!)}: ${formatValue(value)}`;
      return [{ curveNumber, pointNumber, subplot: `${trace.xaxis}${trace.yaxis}`, text }];
    });
    return row.length > 0 ? [row] : [];
  });
}

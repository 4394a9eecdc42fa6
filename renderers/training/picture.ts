import { formatCount, formatSeconds, formatValue } from '../../src/outputs/format';
import { bestEpoch } from '../../src/outputs/metrics';
import type { TrainingOutput } from '../../src/outputs/training';
import { progressText } from '../../src/outputs/training-view';
import type { Figure } from '../shared/figure';
import { picture } from '../shared/picture';
import type { Theme } from '../shared/theme';
import { trainingFigure } from './figure';
import { pictureKeys } from './legend';
import type { TrainingSettings } from './settings';

/** The facts under the heading, a phrase each. */
export function facts(output: TrainingOutput): string[] {
  const seconds = output.epochLog.seconds;
  const total = seconds.reduce((sum, value) => sum + value, 0);
  const step = output.steps.step.at(-1);
  const best = bestEpoch(output);
  return [
    progressText(output),
    ...(output.state !== 'done' && step
      ? [`step ${formatCount(step)} of ${formatCount(output.epochs * output.stepsPerEpoch)}`]
      : []),
    `batch ${formatCount(output.batchSize)}`,
    output.runtime,
    ...(seconds.length > 0 ? [`${formatSeconds(total / seconds.length)} an epoch`] : []),
    ...(best ? [`best epoch ${best.epoch}: validation loss ${formatValue(best.value)}`] : []),
  ].filter((text) => text !== '');
}

/** The curves as a picture that stands alone: light, with title, facts and legend. */
export function trainingPicture(
  output: TrainingOutput,
  settings: TrainingSettings,
  theme: Theme,
  width: number,
  measure: (text: string) => number,
): Figure {
  const caption = {
    title: output.title || 'Training',
    facts: output.state === 'done' ? facts(output) : [output.state, ...facts(output)],
    legend: pictureKeys(output, settings, theme),
  };
  return picture(trainingFigure(output, settings, theme, width), caption, theme, measure);
}

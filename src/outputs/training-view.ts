import { counted } from '../base/words';
import { formatCount, formatSeconds, formatValue } from './format';
import { bestEpoch, hasValues, metricLabel, metricNames } from './metrics';
import { MIME_TRAINING, type MimeBundle } from './mime';
import type { TrainingOutput } from './training';
import { trainingSvg } from './training-svg';

export { trainingSvg } from './training-svg';

const STATE_WORDS: { [state in TrainingOutput['state']]: string } = {
  running: 'running',
  done: 'done',
  interrupted: 'interrupted',
  failed: 'failed',
};

/** `epoch 3 of 5`, `5 epochs`: how far a run came. */
export function progressText(output: TrainingOutput): string {
  const finished = output.epochLog.epoch.length;
  const of = counted(output.epochs, 'epoch', 'epochs', formatCount);
  if (output.state === 'done' && finished === output.epochs) return of;
  if (output.state === 'running') {
    const left = output.secondsLeft === undefined ? '' : `, about ${formatSeconds(Math.ceil(output.secondsLeft))} left`;
    return `epoch ${Math.min(finished + 1, output.epochs)} of ${output.epochs}${left}`;
  }
  return `${finished} of ${of} finished`;
}

/** One sentence on the whole run, for a heading or a screen reader. */
export function trainingSummary(output: TrainingOutput): string {
  const { epochLog } = output;
  const last = epochLog.epoch.length - 1;
  const values = metricNames(output).flatMap((name) => {
    const training = epochLog.training[name]?.[last];
    const validation = epochLog.validation[name]?.[last];
    if (training == null && validation == null) return [];
    const parts = [
      training != null ? formatValue(training) : '',
      validation != null ? `validation ${formatValue(validation)}` : '',
    ];
    return [`${metricLabel(name)} ${parts.filter(Boolean).join(', ')}`];
  });
  const best = bestEpoch(output);
  const sentences = [
    `${output.title || 'Training'}: ${STATE_WORDS[output.state]}, ${progressText(output)}`,
    ...(values.length > 0 ? [`After epoch ${epochLog.epoch[last]}: ${values.join('; ')}`] : []),
    ...(best ? [`Lowest validation loss in epoch ${best.epoch}: ${formatValue(best.value)}`] : []),
  ];
  return `${sentences.join('. ')}.`;
}

function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join('  ')).join('\n');
}

function epochTable(output: TrainingOutput): string {
  const { epochLog } = output;
  const columns: { head: string; values: (number | null)[] }[] = [];
  for (const name of metricNames(output)) {
    if (hasValues(epochLog.training, name)) columns.push({ head: name, values: epochLog.training[name]! });
    if (hasValues(epochLog.validation, name)) columns.push({ head: `val ${name}`, values: epochLog.validation[name]! });
  }
  const best = bestEpoch(output)?.epoch;
  const body = epochLog.epoch.map((epoch, index) => [
    `${epoch === best ? '* ' : ''}${epoch}`,
    (epochLog.seconds[index] ?? 0).toFixed(1),
    ...columns.map(({ values }) => formatValue(values[index])),
  ]);
  return table([['epoch', 'seconds', ...columns.map(({ head }) => head)], ...body]);
}

/** The run as plain text: a heading, what ran it, one line an epoch; `*` marks the lowest validation loss. */
export function trainingText(output: TrainingOutput): string {
  const seconds = output.epochLog.seconds.reduce((sum, value) => sum + value, 0);
  const steps = counted(output.stepsPerEpoch, 'step', 'steps', formatCount);
  const size = `${steps} of ${counted(output.batchSize, 'row', 'rows', formatCount)} an epoch`;
  const lines = [
    `${output.title || 'Training'}: ${STATE_WORDS[output.state]}, ${progressText(output)}, ${size}`,
    `${output.runtime}${seconds > 0 ? `, ${formatSeconds(seconds)}` : ''}`,
  ];
  if (output.epochLog.epoch.length > 0) lines.push('', epochTable(output));
  else if (output.steps.step.length > 0) lines.push('', lastStep(output));
  return lines.join('\n');
}

function lastStep({ steps }: TrainingOutput): string {
  const values = Object.entries(steps.values).map(([name, list]) => `${name} ${formatValue(list.at(-1))}`);
  return `step ${formatCount(steps.step.at(-1)!)}: ${values.join(', ')}`;
}

/** Every representation of a training run: curves for a live renderer, a picture, and text. */
export function trainingBundle(output: TrainingOutput): MimeBundle {
  return {
    [MIME_TRAINING]: output,
    'image/svg+xml': trainingSvg(output),
    'text/plain': trainingText(output),
  };
}

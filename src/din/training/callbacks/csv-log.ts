import { appendFile, writeFile } from 'node:fs/promises';
import type { Callback, EpochLog } from './callback';

/** Writes one line an epoch to a CSV file, created anew at the start of each fit: epoch, seconds, then all values. */
export function csvLog(path: string): Callback {
  let header = false;
  return {
    async onTrainBegin() {
      header = false;
      await writeFile(path, '');
    },
    async onEpochEnd(log) {
      const fields = flatten(log);
      if (!header) await appendFile(path, `${Object.keys(fields).join(',')}\n`);
      header = true;
      await appendFile(path, `${Object.values(fields).join(',')}\n`);
    },
  };
}

function flatten(log: EpochLog): Record<string, number> {
  const prefixed = (prefix: string, values: Record<string, number> = {}) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
  return {
    epoch: log.epoch,
    seconds: log.seconds,
    ...prefixed('training', log.training),
    ...prefixed('validation', log.validation),
  };
}

import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { type Callback, type EpochLog, own } from './callback';

/** Writes one line an epoch to a CSV file, created anew at the start of each fit (but where it is resumed): epoch, seconds, then all values. */
export function csvLog(path: string): Callback {
  let header = false;
  /** Epochs that stand in the file. */
  let epochs = 0;
  return own({
    async onTrainBegin({ resumed }) {
      header = false;
      epochs = 0;
      if (!resumed) await writeFile(path, '');
    },
    state: () => ({ values: { epochs } }),
    async restore({ values }) {
      // What was written after the checkpoint comes again.
      epochs = Number(values.epochs);
      header = epochs > 0;
      const text = await readFile(path, 'utf8').catch(() => '');
      const lines = text.split('\n').slice(0, epochs ? epochs + 1 : 0);
      await writeFile(path, lines.map((line) => `${line}\n`).join(''));
    },
    async onEpochEnd(log) {
      const fields = flatten(log);
      if (!header) await appendFile(path, `${Object.keys(fields).join(',')}\n`);
      header = true;
      epochs++;
      await appendFile(path, `${Object.values(fields).join(',')}\n`);
    },
  });
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

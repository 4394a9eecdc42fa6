import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { DataError } from '../../errors';
import { type Callback, type EpochLog, own } from './callback';

/**
 * Writes one line an epoch to a CSV file, created anew at the start of each fit (but where it is resumed): epoch, seconds, then all values.
 * @throws DataError from `fit` where the file cannot be read or written.
 */
export function csvLog(path: string): Callback {
  const named = async <T>(work: Promise<T>, what = 'written'): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw new DataError(`csvLog: ${path} cannot be ${what}: ${(error as Error).message}.`, { cause: error });
    }
  };
  let header = false;
  /** Epochs that stand in the file. */
  let epochs = 0;
  return own({
    async onTrainBegin({ resumed }) {
      header = false;
      epochs = 0;
      if (!resumed) await named(writeFile(path, ''));
    },
    state: () => ({ values: { epochs } }),
    async restore({ values }) {
      // What was written after the checkpoint comes again.
      epochs = Number(values.epochs);
      header = epochs > 0;
      const text = await named(
        readFile(path, 'utf8').catch((error) => {
          if (error.code !== 'ENOENT') throw error;
          return '';
        }),
        'read',
      );
      const lines = text.split('\n').slice(0, epochs ? epochs + 1 : 0);
      await named(writeFile(path, lines.map((line) => `${line}\n`).join('')));
    },
    async onEpochEnd(log) {
      const fields = flatten(log);
      const lines = [...(header ? [] : [Object.keys(fields).map(quoted)]), Object.values(fields)];
      await named(appendFile(path, lines.map((line) => `${line.join(',')}\n`).join('')));
      header = true;
      epochs++;
    },
  });
}

/** A metric may have any name. */
const quoted = (name: string): string => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

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

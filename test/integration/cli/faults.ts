import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A module for `node --require` that kills its process at a chosen change of the file system (the number in
 * `DINNB_FAULT_AT`, counted from 0, in and below the folder `DINNB_FAULT_IN`): before it, or amid what is written where
 * `DINNB_FAULT_HALF` is set. Without a number it lists the changes in the file `DINNB_FAULT_LOG`.
 */
const MODULE = `
const fs = require('node:fs');
const { DINNB_FAULT_IN: folder, DINNB_FAULT_AT: at, DINNB_FAULT_LOG: log, DINNB_FAULT_HALF: half } = process.env;
const real = { ...fs };
let count = 0;
// Kernels inherit the environment: it is the command that is meant.
if (/dinnb\\.js$|save\\.cjs$/.test(process.argv[1] ?? ''))
  for (const name of ['writeFileSync', 'renameSync', 'linkSync', 'rmSync', 'mkdirSync', 'cpSync', 'copyFileSync'])
    fs[name] = (...args) => {
      if (args.slice(0, 2).some((arg) => typeof arg === 'string' && arg.startsWith(folder))) {
        const number = count++;
        if (at === undefined) real.appendFileSync(log, name + ' ' + args[0] + '\\n');
        else if (number === Number(at)) {
          if (half && name === 'writeFileSync') real.writeFileSync(args[0], args[1].slice(0, args[1].length / 2), args[2]);
          process.kill(process.pid, 'SIGKILL');
        }
      }
      return real[name](...args);
    };
`;

export interface Faults {
  /** Environment of a process that only lists its changes; then `listed` has them. */
  listing: NodeJS.ProcessEnv;
  /** Each change so far listed: what it is, and of what. */
  listed(): string[];
  /** Environment of a process that is killed at one of them. */
  killing(at: number, half?: boolean): NodeJS.ProcessEnv;
}

/** @param outside a folder for the module and the list, outside of the one that is watched */
export function faultsIn(folder: string, outside: string): Faults {
  const module = path.join(outside, 'fault.cjs');
  const log = path.join(outside, 'changes.txt');
  writeFileSync(module, MODULE);
  writeFileSync(log, '');
  const env = { NODE_OPTIONS: `--require ${module}`, DINNB_FAULT_IN: folder };
  return {
    listing: { ...env, DINNB_FAULT_LOG: log },
    listed: () => readFileSync(log, 'utf8').split('\n').slice(0, -1),
    killing: (at, half = false) => ({ ...env, DINNB_FAULT_AT: String(at), ...(half && { DINNB_FAULT_HALF: '1' }) }),
  };
}

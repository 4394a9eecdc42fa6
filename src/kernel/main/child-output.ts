import childProcess, { type ChildProcess } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import type { Outbox } from './outbox';

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Has the host take all output before a process starts: what that writes to an inherited stdout goes another way, and
 * shall not overtake what its cell has printed before.
 */
export function flushBeforeChildren(outbox: Outbox): void {
  const watch = (holder: object, name: string) => {
    const functions = holder as { [name: string]: AnyFunction };
    const original = functions[name]!;
    const flushing: AnyFunction = function (...args) {
      outbox.flush();
      return original.apply(this, args);
    };
    functions[name] = Object.defineProperties(flushing, Object.getOwnPropertyDescriptors(original));
  };
  for (const name of ['spawnSync', 'execSync', 'execFileSync']) watch(childProcess, name);
  // `spawn`, `exec`, `execFile` and `fork` come here
  watch(childProcess.ChildProcess.prototype satisfies ChildProcess, 'spawn');
  syncBuiltinESMExports();
}

import childProcess, { type ChildProcess } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import type { Outbox } from './outbox';
import { replace } from './replace';

/**
 * Has the host take all output before a process starts: what that writes to an inherited stdout goes another way, and
 * shall not overtake what its cell has printed before.
 */
export function flushBeforeChildren(outbox: Outbox): void {
  const watch = (holder: object, name: string) =>
    replace(
      holder,
      name,
      (original) =>
        function (...args) {
          outbox.flush();
          return original.apply(this, args);
        },
    );
  for (const name of ['spawnSync', 'execSync', 'execFileSync']) watch(childProcess, name);
  // `spawn`, `exec`, `execFile` and `fork` come here
  watch(childProcess.ChildProcess.prototype satisfies ChildProcess, 'spawn');
  syncBuiltinESMExports();
}

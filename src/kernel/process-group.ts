import { spawnSync } from 'node:child_process';
import { killSession } from '../base/processes';

/** Ends this process and all that cells have started and not detached: a kernel leads a session of its own. */
export function killGroup(): void {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(process.pid), '/T', '/F'], { windowsHide: true });
    return;
  }
  try {
    killSession(process.pid);
  } finally {
    // whoever started it gave it no group, or a cell has put something else in the place of node:fs
    process.kill(process.pid, 'SIGKILL');
  }
}

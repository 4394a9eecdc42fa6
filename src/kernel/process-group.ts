import { spawnSync } from 'node:child_process';

/** Ends this process and all that cells have started and not detached: a kernel leads a process group of its own. */
export function killGroup(): void {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(process.pid), '/T', '/F'], { windowsHide: true });
    return;
  }
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.kill(process.pid, 'SIGKILL'); // whoever started it gave it no group
  }
}

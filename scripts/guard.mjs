// Runs a command that must not outlive whoever asked for it, however that one ends: node scripts/guard.mjs COMMAND [ARG...]
// The asker starts it as the leader of a process group of its own and holds its stdin. When that pipe closes, because the asker
// has ended or was killed, the whole group goes: the command, and what it has started.
import { spawn, spawnSync } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', (error) => {
  console.error(`${command} could not be started: ${error.message}`);
  process.exit(1);
});
// A signal goes to the group, so the command has it too and decides itself what to do.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
child.on('exit', (code, signal) => process.exit(signal ? 1 : code));
process.stdin.resume();
process.stdin.on('close', endGroup);

function endGroup() {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F']);
    process.exit(1);
  }
  process.kill(-process.pid, 'SIGKILL');
}

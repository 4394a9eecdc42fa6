// Child processes for set-up steps: quiet while all is well, complete when something fails.
import { spawn } from 'node:child_process';

/**
 * Runs a command to its end and gives its output.
 * @throws Error that names the command and carries the end of what it printed.
 */
export function run(command, args, { cwd, env = process.env, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const fail = (reason) =>
      reject(new Error(`${command} ${args.join(' ')}: ${reason}\n${output.slice(-4000)}`.trim()));
    child.on('error', (error) => fail(error.message));
    child.on('close', (code, signal) => (code === 0 ? resolve(output) : fail(signal ?? `exit code ${code}`)));
  });
}

/** Whether a command runs and ends with exit code 0. */
export async function succeeds(command, args) {
  return run(command, args).then(
    () => true,
    () => false,
  );
}

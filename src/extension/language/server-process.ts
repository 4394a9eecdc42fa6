import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Duplex } from 'node:stream';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { connectionOver } from '../../protocol/connection';

/** A language server that runs. */
export interface ServerProcess {
  readonly pid: number | undefined;
  connection: MessageConnection;
  /** Resolves with why, when the process has ended. */
  ended: Promise<string>;
  kill(): void;
}

/**
 * Held small, as one of it runs beside each window: small generations and one helper thread, whose heaps the C library would keep apart.
 * What is read of TensorFlow, Node and JavaScript takes 90 MB of the limit, a notebook of ten megabytes the most of it.
 */
const FLAGS = ['--max-semi-space-size=4', '--v8-pool-size=1', '--max-old-space-size=2048'];

/** Starts the language server. */
export function startServer(onLog: (line: string) => void): ServerProcess {
  const child = spawn(process.execPath, [...FLAGS, serverScript()], {
    env: { MALLOC_ARENA_MAX: '2', ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let lastLine = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split(/\r?\n/).filter((one) => one.trim() !== '')) {
      onLog(line);
      if (/out of memory|Error/i.test(line)) lastLine = line.trim();
    }
  });
  const connection = connectionOver(Duplex.from({ readable: child.stdout, writable: child.stdin }));
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      const how = signal ? `ended by ${signal}` : `exit code ${code}`;
      resolve(lastLine ? `${how}: ${lastLine}` : how);
    });
  });
  // What goes wrong on the pipe is the end of the process, which tells of itself.
  connection.onError(() => {});
  connection.listen();
  return { pid: child.pid, connection, ended, kill: () => child.kill('SIGKILL') };
}

/** `language.js` beside the bundle that this is part of, or in dist/ when the sources run as they are (tests). */
function serverScript(): string {
  const candidates = [
    path.join(__dirname, 'language.js'),
    path.join(__dirname, '..', '..', '..', 'dist', 'language.js'),
  ];
  const script = candidates.find((candidate) => existsSync(candidate));
  if (!script) throw new Error(`The language server is not built: there is no ${candidates[0]}. Run: npm run build`);
  return script;
}

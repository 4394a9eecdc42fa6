import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Duplex } from 'node:stream';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { connectionOver } from '../../protocol/connection';

/** A language server that runs. */
export interface ServerProcess {
  connection: MessageConnection;
  /** Resolves with why, when the process has ended. */
  ended: Promise<string>;
  kill(): void;
}

/** What V8 may keep, in MB: what is read of TensorFlow, Node and JavaScript takes half of the first, a notebook of ten megabytes the second. */
const MEMORY = [220, 2048] as const;

/** Starts the language server. With `roomy`, with as much memory as it may want: one that ran out of it comes again so. */
export function startServer(roomy: boolean, onLog: (line: string) => void): ServerProcess {
  const flags = [`--max-old-space-size=${MEMORY[roomy ? 1 : 0]}`, '--max-semi-space-size=4'];
  const child = spawn(process.execPath, [...flags, serverScript()], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
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
  return { connection, ended, kill: () => child.kill('SIGKILL') };
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

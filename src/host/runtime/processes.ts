import { spawn } from 'node:child_process';

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  /** The process is killed after this time. */
  timeoutMs?: number;
  /** Each line of stdout and stderr, as it comes. */
  onLine?(line: string): void;
}

export interface RunResult {
  /** Exit code; null when a signal ended the process or it could not be started. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Why it did not end by itself: not found, timed out, ended by a signal. */
  failure?: string;
}

/** The end of a long output is enough to explain a failure. */
const KEPT_CHARACTERS = 200_000;

/**
 * Runs a command to its end. Never rejects for what the command does: see `code` and `failure`.
 *
 * @throws the signal's reason when `signal` aborts; the process is killed.
 */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  const { cwd, env, signal, timeoutMs, onLine } = options;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    const output = { stdout: '', stderr: '' };
    let failure: string | undefined;
    const timer = timeoutMs
      ? setTimeout(() => {
          failure = `did not finish within ${Math.round(timeoutMs / 1000)} s`;
          child.kill('SIGKILL');
        }, timeoutMs)
      : undefined;
    const onAbort = () => child.kill();
    signal?.addEventListener('abort', onAbort, { once: true });

    for (const name of ['stdout', 'stderr'] as const) {
      let partial = '';
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] = (output[name] + text).slice(-KEPT_CHARACTERS);
        if (!onLine) return;
        const lines = (partial + text).split(/\r?\n|\r/);
        partial = lines.pop() ?? '';
        for (const line of lines) if (line.trim()) onLine(line);
      });
    }
    const finish = (code: number | null) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      if (signal?.aborted) reject(signal.reason);
      else resolve({ code, ...output, ...(failure ? { failure } : {}) });
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.code === 'ENOENT' ? `${command}: not found` : `${command}: ${error.message}`;
      if (child.pid === undefined) finish(null);
    });
    child.on('close', (code, by) => {
      if (by) failure ??= `ended by ${by}`;
      finish(code);
    });
  });
}

/** The environment for a Node child: Electron told to be Node, and no debugger or loader of the parent in it. */
export function nodeEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, VSCODE_INSPECTOR_OPTIONS: _inspector, ...rest } = env;
  return { ...rest, ELECTRON_RUN_AS_NODE: '1' };
}

/** The last lines that say something, for an error message. */
export function lastLines(result: RunResult, count = 3): string {
  const text = result.stderr.trim() || result.stdout.trim();
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  const said = lines.slice(-count).join(' | ');
  return [result.failure ?? (result.code === null ? '' : `exit code ${result.code}`), said].filter(Boolean).join(': ');
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { NotebookDocument } from '../../../src/notebook/document';
import { printNotebook } from '../../../src/notebook/print';

const root = path.resolve(__dirname, '../../..');
const program = path.join(root, 'dist', 'dinnb.js');

/** What a person sees of a command that ended. */
export interface Ended {
  /** null when a signal ended it */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  process: ChildProcess;
  /** What has come so far. */
  stdout(): string;
  stderr(): string;
  ended: Promise<Ended>;
}

interface StartOptions {
  node?: string;
  env?: NodeJS.ProcessEnv;
  /** Text on standard input; null leaves it open without any. Default: none. */
  input?: string | null | undefined;
}

/** A folder of its own for notebooks and what the command writes. */
export class Workspace {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'dinnb-test-'));

  path(name: string): string {
    return path.join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  write(name: string, text: string | Uint8Array): string {
    mkdirSync(path.dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
    return name;
  }

  /** A notebook of code cells `c1`, `c2`, ...; a source that begins with `#` is Markdown, `[sources]` is tagged `parameters`. */
  notebook(name: string, ...cells: (string | [string])[]): string {
    return this.write(name, printNotebook(notebookOf(cells)));
  }

  start(args: string[], { node = process.execPath, env = {}, input }: StartOptions = {}): Running {
    const child = spawn(node, [program, ...args], {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    if (typeof input === 'string') child.stdin!.end(input);
    return watch(child);
  }

  /** Starts the command in a terminal of its own; what is written to the process' stdin is typed there. */
  terminal(args: string[]): Running {
    const command = [process.execPath, program, ...args].map((part) => `'${part}'`).join(' ');
    return watch(spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { cwd: this.folder }));
  }

  dinnb(...args: string[]): Promise<Ended> {
    return this.start(args).ended;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function watch(child: ChildProcess): Running {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  return { process: child, stdout: () => output.stdout, stderr: () => output.stderr, ended };
}

function notebookOf(cells: (string | [string])[]): NotebookDocument {
  return {
    version: 1,
    unknown: {},
    cells: cells.map((cell, index) => {
      const source = typeof cell === 'string' ? cell : cell[0];
      return {
        id: `c${index + 1}`,
        kind: source.startsWith('#') ? 'markdown' : 'code',
        source,
        tags: typeof cell === 'string' ? [] : ['parameters'],
        outputs: [],
        unknown: {},
      };
    }),
  };
}

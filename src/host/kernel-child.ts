import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { killSession } from '../base/processes';
import { CHANNEL_VARIABLE, RUNTIME_VARIABLE } from '../protocol/environment';
import type { RuntimeSelection } from '../protocol/messages';
import { type NodeBinary, nodeFlags } from './node-version';
import type { RawStream } from './raw-output';

const KEPT_CHARACTERS = 8000;
/** How long what the process wrote last may take to arrive after its end. */
const LAST_WORDS_MS = 300;
/** The file descriptor that the kernel inherits as its end of the channel. */
const CHANNEL = 3;

/** The address of a debugger's port is told to the host only: Node would list it to whoever asks the port. Electron is not asked. */
const DEBUG_FLAGS = process.versions.electron === undefined ? ['--inspect-publish-uid=stderr'] : [];

export interface KernelExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Those that run: a host that ends takes them and what their cells started with it. */
const running = new Set<KernelChild>();
process.on('exit', () => {
  for (const child of running) child.kill();
});

/** The kernel's process: what it writes outside cells, its end. */
export class KernelChild {
  readonly process: ChildProcess;
  /** Resolves at the end of the process, with what it wrote last in `lastText`. */
  readonly exited: Promise<KernelExit>;
  private written = '';

  constructor(
    node: NodeBinary,
    notebook: string,
    runtime: RuntimeSelection,
    env: NodeJS.ProcessEnv,
    onLine: (line: string) => void,
    onRaw: (name: RawStream, text: string) => void,
  ) {
    this.process = spawn(node.path, [...nodeFlags(node.version), ...DEBUG_FLAGS, kernelScript()], {
      cwd: existingFolder(path.dirname(notebook)),
      env: kernelEnvironment(env, runtime),
      // 'overlapped' is 'pipe', except on Windows, where only such a pipe can be read and written at once.
      stdio: ['ignore', 'pipe', 'pipe', 'overlapped'],
      // A session of its own: Ctrl+C in a terminal is for the host, which interrupts the cell.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    for (const name of ['stdout', 'stderr'] as const)
      this.readLines(this.process[name]!, onLine, (text) => onRaw(name, text));
    running.add(this);
    this.exited = this.untilExit();
  }

  /** The host's end of the channel. It is nobody else's: no name, no permission, nothing left behind. */
  get channel(): Duplex {
    return this.process.stdio[CHANNEL] as Duplex;
  }

  /** The last lines that came on stdout and stderr: native code's messages, V8's at a crash. */
  get lastText(): string {
    return this.written;
  }

  /** Ends the process at once, and with it what cells started and did not detach. */
  kill(): void {
    if (this.hasExited) return;
    this.killGroup();
    this.process.kill('SIGKILL');
  }

  private get hasExited(): boolean {
    return this.process.pid === undefined || this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** The processes that cells started outlive the kernel's otherwise. */
  private killGroup(): void {
    const { pid } = this.process;
    if (pid === undefined) return;
    if (process.platform === 'win32') {
      // Its children must be found before it is gone: at its own end (`untilExit`) there is no tree to walk any more.
      if (!this.hasExited) spawnSync('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true });
      return;
    }
    killSession(pid);
  }

  private readLines(
    stream: NodeJS.ReadableStream,
    onLine: (line: string) => void,
    onText: (text: string) => void,
  ): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      this.written = (this.written + text).slice(-KEPT_CHARACTERS);
      onText(text);
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop()!;
      for (const line of lines) onLine(line);
    });
    stream.on('end', () => {
      if (rest) onLine(rest);
    });
  }

  private async untilExit(): Promise<KernelExit> {
    const exit = await new Promise<KernelExit>((resolve) => {
      this.process.once('error', (error) => {
        this.written += `\n${error.message}`;
        resolve({ code: null, signal: null });
      });
      this.process.once('exit', (code, signal) => resolve({ code, signal }));
    });
    running.delete(this);
    this.killGroup();
    // A grandchild that detached itself may keep the pipes open for ever.
    const closed = new Promise((resolve) => this.process.once('close', resolve));
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))]);
    return exit;
  }
}

function kernelEnvironment(env: NodeJS.ProcessEnv, runtime: RuntimeSelection): NodeJS.ProcessEnv {
  return {
    TF_CPP_MIN_LOG_LEVEL: '2',
    ...env,
    ELECTRON_RUN_AS_NODE: '1',
    [CHANNEL_VARIABLE]: String(CHANNEL),
    [RUNTIME_VARIABLE]: JSON.stringify(runtime),
  };
}

/** `kernel/main.js` beside the bundle that this is part of, or in dist/ when the sources run as they are (tests). */
function kernelScript(): string {
  const candidates = [
    path.join(__dirname, 'kernel', 'main.js'),
    path.join(__dirname, '..', '..', 'dist', 'kernel', 'main.js'),
  ];
  const script = candidates.find((candidate) => existsSync(candidate));
  if (!script) throw new Error(`The kernel is not built: there is no ${candidates[0]}. Run: npm run build`);
  return script;
}

function existingFolder(folder: string): string {
  return existsSync(folder) ? folder : process.cwd();
}

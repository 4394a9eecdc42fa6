import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startKernel } from '../../../src/host/kernel-process';
import { RunQueue } from '../../../src/host/run-queue';
import type { KernelOptions, KernelSession } from '../../../src/host/session';
import { FoldedOutputs } from '../../../src/outputs/accumulate';
import type { CellOutput, OutputEvent } from '../../../src/outputs/events';
import type { ExecuteResult, OutputParams, RuntimeSelection } from '../../../src/protocol/messages';

/** The native addon of `DINNB_TENSORFLOW`, else WebAssembly: most of what a kernel does is the same on both. */
export function runtimeForTests(): RuntimeSelection {
  const folder = process.env.DINNB_TENSORFLOW;
  if (!folder) return { backend: 'wasm' };
  return { backend: 'native', addon: path.join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'), tensorflow: '2' };
}

/** What a person sees of a cell that ran. */
export interface Seen {
  result: ExecuteResult;
  outputs: CellOutput[];
  /** All of stdout. */
  printed: string;
  /** text/plain of the cell's value. */
  value: string | undefined;
}

/** A notebook's folder with a kernel for it. */
export class TestKernel {
  readonly events: OutputParams[] = [];
  readonly deaths: string[] = [];
  readonly logged: string[] = [];
  private cells = 0;
  private readonly queue = new RunQueue({ keepGoing: true });

  private constructor(
    readonly folder: string,
    public session: KernelSession,
  ) {}

  static async start(
    options: Partial<KernelOptions> = {},
    files: { [name: string]: string } = {},
  ): Promise<TestKernel> {
    const folder = mkdtempSync(path.join(tmpdir(), 'dinnb-test-'));
    const kernel = new TestKernel(folder, undefined as never);
    for (const [name, text] of Object.entries(files)) kernel.write(name, text);
    try {
      kernel.session = await startKernel({
        notebook: path.join(folder, 'test.dinnb'),
        runtime: runtimeForTests(),
        onOutput: (output) => kernel.events.push(output),
        onLog: (line) => kernel.logged.push(line),
        onDeath: (reason) => kernel.deaths.push(reason),
        // to run these tests with another Node than vitest's
        nodePath: process.env.DINNB_TEST_NODE,
        ...options,
      });
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    return kernel;
  }

  write(name: string, text: string): void {
    const file = path.join(this.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  async run(source: string, tags: string[] = []): Promise<Seen> {
    return this.begin(source, tags).seen;
  }

  /** Starts a cell without waiting for its end. */
  begin(source: string, tags: string[] = []): { cellId: string; seen: Promise<Seen> } {
    this.cells += 1;
    const cellId = `c${this.cells}`;
    const params = { cellId, source, tags };
    const seen = new Promise<Seen>((resolve) => {
      const run = async () => {
        const result = await this.session.execute(params);
        resolve({ result, ...this.seen(cellId) });
        return result.ok;
      };
      void this.queue.add({ run, cancel: () => {} });
    });
    return { cellId, seen };
  }

  /** What a cell shows now. */
  seen(cellId: string): Omit<Seen, 'result'> {
    const folded = new FoldedOutputs();
    for (const event of this.eventsOf(cellId)) folded.apply(event);
    const outputs = folded.list;
    const printed = outputs.map((o) => (o.type === 'stream' && o.name === 'stdout' ? o.text : '')).join('');
    const value = outputs.find((o) => o.type === 'result');
    return { outputs, printed, value: value?.type === 'result' ? (value.data['text/plain'] as string) : undefined };
  }

  eventsOf(cellId: string): OutputEvent[] {
    return this.events.filter((output) => output.cellId === cellId).map((output) => output.event);
  }

  /** Waits until a cell has shown something, as it does once it runs. */
  async shows(cellId: string): Promise<void> {
    await until(() => this.eventsOf(cellId).length > 0, `${cellId} shows something`);
  }

  /** The value of an expression, as shown. */
  async value(source: string): Promise<string | undefined> {
    const { result, value } = await this.run(source);
    if (!result.ok) throw new Error(`${source}: ${result.error?.stack}`);
    return value;
  }

  async stop(): Promise<void> {
    await this.session.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A busy machine may take its time; nothing waits longer than the thing takes. */
const PATIENCE = 120_000;

/** Waits until the condition holds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Waited ${PATIENCE} ms in vain until ${what}`);
    await sleep(10);
  }
}

import type { MessagePort } from 'node:worker_threads';
import { type SentBundle, type SentOutput, SHARED, type ToShell } from '../link';
import type { Run } from './runs';

/** Output may run ahead of the shell by this much; then the printing cell waits. */
const HIGH_WATER = 64 * 1024 * 1024;
const LOW_WATER = 16 * 1024 * 1024;
const WAIT_MS = 50;
const FLUSH_MS = 1000;

/** One way for everything that leaves the main thread, so that its order is kept. */
export class Outbox {
  /** Whether there may be output that the host does not have. */
  private isAhead = false;

  constructor(
    private readonly port: MessagePort,
    private readonly shared: Int32Array,
  ) {}

  post(message: ToShell): void {
    this.port.postMessage(message);
  }

  output(run: Run, output: SentOutput): void {
    const size = sizeOf(output);
    this.isAhead = true;
    this.port.postMessage({ type: 'output', run: run.id, size, output } satisfies ToShell);
    if (Atomics.add(this.shared, SHARED.backlog, size) + size > HIGH_WATER) this.waitForShell();
  }

  log(level: 'info' | 'warn' | 'error', text: string): void {
    this.post({ type: 'log', level, text });
  }

  /** Returns when the host has all that was sent before, or after a moment without its answer. */
  flush(): void {
    if (!this.isAhead) return;
    const before = Atomics.load(this.shared, SHARED.printed);
    this.post({ type: 'flush' });
    this.isAhead = Atomics.wait(this.shared, SHARED.printed, before, FLUSH_MS) === 'timed-out';
  }

  private waitForShell(): void {
    for (;;) {
      const backlog = Atomics.load(this.shared, SHARED.backlog);
      if (backlog < LOW_WATER) return;
      Atomics.wait(this.shared, SHARED.backlog, backlog, WAIT_MS);
    }
  }
}

function sizeOf(output: SentOutput): number {
  if (output.type === 'stream') return output.text.length;
  if (output.type === 'append') return output.patch.json.length;
  if (output.type === 'error') return output.error.message.length + output.error.details.length;
  return bundleSize(output.data);
}

function bundleSize(bundle: SentBundle): number {
  let size = 0;
  for (const value of Object.values(bundle)) {
    size +=
      value instanceof Uint8Array ? value.byteLength : typeof value === 'string' ? value.length : value.json.length;
  }
  return size;
}

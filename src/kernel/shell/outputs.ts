import type { OutputEvent } from '../../outputs/events';
import type { MimeBundle } from '../../outputs/mime';
import type { OutputParams } from '../../protocol/messages';
import type { ErrorMapper } from '../errors/map';
import type { SentBundle, SentOutput } from '../link';

const FLUSH_MS = 20;
/** Text collected beyond this goes at once. */
const FLUSH_CHARACTERS = 512 * 1024;

/**
 * Collects output for a moment: pieces of a stream that follow each other become one, and of several updates of a
 * display only the last goes. Order is kept.
 */
export class Outputs {
  private waiting: OutputParams[] = [];
  private characters = 0;
  private passedOn = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly mapper: ErrorMapper,
    private readonly send: (output: OutputParams) => Promise<void>,
    /** Told when bytes have left, so that the main thread may go on printing. */
    private readonly onSent: (bytes: number) => void,
  ) {}

  add(cellId: string, output: SentOutput, size: number): void {
    this.passedOn += size;
    this.characters += size;
    this.put({ cellId, event: this.event(output) });
    if (this.characters > FLUSH_CHARACTERS) void this.flush();
    else this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  /** Adds an event that the shell itself makes. */
  addEvent(cellId: string, event: OutputEvent): void {
    this.put({ cellId, event });
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  /** Resolves when all that was collected has been written. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const sending = this.waiting;
    const bytes = this.passedOn;
    this.waiting = [];
    this.characters = 0;
    this.passedOn = 0;
    await Promise.all(sending.map((output) => this.send(output)));
    this.onSent(bytes);
  }

  private put(next: OutputParams): void {
    const last = this.waiting.at(-1);
    if (last?.cellId === next.cellId && last.event.type === 'stream' && next.event.type === 'stream') {
      if (last.event.name === next.event.name) {
        last.event.text += next.event.text;
        return;
      }
    }
    if (next.event.type === 'update') {
      const { displayId, data } = next.event;
      const same = this.waiting.findLast(({ event }) => 'displayId' in event && event.displayId === displayId);
      if (same?.event.type === 'update') {
        same.event.data = data;
        return;
      }
    }
    this.waiting.push(next);
  }

  private event(output: SentOutput): OutputEvent {
    switch (output.type) {
      case 'stream':
        return { ...output, text: this.mapper.text(output.text) };
      case 'display':
      case 'result':
      case 'update':
        return { ...output, data: this.bundle(output.data) };
      case 'append':
        return { ...output, patch: JSON.parse(output.patch.json) as unknown };
      case 'error':
        return { type: 'error', error: this.mapper.error(output.error) };
    }
  }

  private bundle(sent: SentBundle): MimeBundle {
    const bundle: MimeBundle = {};
    for (const [mime, value] of Object.entries(sent)) {
      if (value instanceof Uint8Array) bundle[mime] = value;
      else if (typeof value === 'string') bundle[mime] = mime === 'text/plain' ? this.mapper.text(value) : value;
      else bundle[mime] = JSON.parse(value.json) as unknown;
    }
    return bundle;
  }
}

import type { OutputEvent } from '../outputs/events';

export type RawStream = 'stdout' | 'stderr';

const LIMIT_MB = 10;
/** For the log alone: what TensorFlow and its libraries log (`2026-01-31 12:00:00.000001: W tensorflow/...`), Node at its end. */
const LIBRARY_LINE =
  /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWEF] |[IWEF]\d{4} \d\d:\d\d:\d\d|WARNING: All log messages before absl|Waiting for the debugger to disconnect|Debugger (?:listening on|attached|ending on)|For help, see: https:\/\/nodejs).*(?:\n|$)/gm;

/**
 * What reaches the kernel's real stdout and stderr, mostly from processes that cells start with `stdio: 'inherit'`: it
 * belongs to the cell that was started last.
 */
export class RawOutput {
  private cellId: string | undefined;
  private characters = 0;

  constructor(private readonly send: (cellId: string, event: OutputEvent) => void) {}

  belongsTo(cellId: string): void {
    this.cellId = cellId;
    this.characters = 0;
  }

  /** What comes from now on is of no cell. */
  end(): void {
    this.cellId = undefined;
  }

  add(name: RawStream, written: string): void {
    const text = written.replace(LIBRARY_LINE, '');
    const limit = LIMIT_MB * 1024 * 1024;
    if (this.cellId === undefined || text === '' || this.characters > limit) return;
    const room = limit - this.characters;
    this.characters += text.length;
    const shown =
      text.length <= room
        ? text
        : `${text.slice(0, room)}\n[Output truncated: processes of this cell wrote more than ${LIMIT_MB} MB. Have them write to a file.]\n`;
    this.send(this.cellId, { type: 'stream', name, text: shown });
  }
}

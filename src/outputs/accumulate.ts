import type { CellOutput, OutputEvent } from './events';

/**
 * What a terminal would still show: a carriage return starts its line anew. A return at the very end is kept, because
 * what it erases is only known when more text comes.
 */
export function collapseReturns(text: string): string {
  if (!text.includes('\r')) return text;
  return text
    .replace(/\r+\n/g, '\n')
    .split('\n')
    .map((line) => {
      const pending = line.endsWith('\r');
      const written = line.split('\r').filter((part) => part !== '');
      return (written.at(-1) ?? '') + (pending ? '\r' : '');
    })
    .join('\n');
}

function joinText(before: string, added: string): string {
  if (!added.includes('\r') && !before.endsWith('\r')) return before + added;
  // Only the last line can still change: earlier ones were collapsed when they came.
  const lineStart = before.lastIndexOf('\n') + 1;
  return before.slice(0, lineStart) + collapseReturns(before.slice(lineStart) + added);
}

/**
 * A cell's outputs, folded from the events of its run. Streams that follow each other are merged, carriage returns rewrite their
 * line, an update replaces the bundle of its displays wherever they stand. Live patches (`append`) are for renderers only: what
 * is kept changes by `update`. An event costs the same whatever came before.
 */
export class FoldedOutputs {
  /** Grows in place; the outputs in it are replaced, never changed. */
  readonly list: CellOutput[] = [];
  /** Places in the list by display. */
  private readonly places = new Map<string, number[]>();

  apply(event: OutputEvent): void {
    switch (event.type) {
      case 'stream':
        this.addText(event.name, event.text);
        break;
      case 'display':
      case 'result': {
        const { type, displayId, data } = event;
        const places = this.places.get(displayId);
        if (places) places.push(this.list.length);
        else this.places.set(displayId, [this.list.length]);
        this.list.push({ type, displayId, data });
        break;
      }
      case 'update':
        for (const place of this.places.get(event.displayId) ?? []) {
          this.list[place] = { ...this.list[place], data: event.data } as CellOutput;
        }
        break;
      case 'error':
        this.list.push({ type: 'error', error: event.error });
        break;
      case 'append':
        break;
    }
  }

  private addText(name: 'stdout' | 'stderr', text: string): void {
    if (text === '') return;
    const last = this.list.at(-1);
    if (last?.type === 'stream' && last.name === name) {
      this.list[this.list.length - 1] = { ...last, text: joinText(last.text, text) };
    } else {
      this.list.push({ type: 'stream', name, text: collapseReturns(text) });
    }
  }
}

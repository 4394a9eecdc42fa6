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

function addStream(outputs: CellOutput[], name: 'stdout' | 'stderr', text: string): CellOutput[] {
  if (text === '') return outputs;
  const last = outputs.at(-1);
  if (last?.type === 'stream' && last.name === name) {
    return [...outputs.slice(0, -1), { ...last, text: joinText(last.text, text) }];
  }
  return [...outputs, { type: 'stream', name, text: collapseReturns(text) }];
}

function shows(output: CellOutput, displayId: string): boolean {
  return (output.type === 'display' || output.type === 'result') && output.displayId === displayId;
}

/**
 * A cell's outputs after one more event; pure. Streams that follow each other are merged, carriage returns rewrite
 * their line, an update replaces the bundle of its display wherever it stands. Live patches (`append`) are for
 * renderers only: what is kept changes by `update`.
 *
 * @returns the very same array when the event changes nothing, e.g. an update of a display of another cell
 */
export function applyOutputEvent(outputs: CellOutput[], event: OutputEvent): CellOutput[] {
  switch (event.type) {
    case 'stream':
      return addStream(outputs, event.name, event.text);
    case 'display':
    case 'result':
      return [...outputs, { type: event.type, displayId: event.displayId, data: event.data }];
    case 'update':
      if (!outputs.some((output) => shows(output, event.displayId))) return outputs;
      return outputs.map((output) =>
        shows(output, event.displayId) ? { ...output, data: event.data } : output,
      ) as CellOutput[];
    case 'error':
      return [...outputs, { type: 'error', error: event.error }];
    case 'append':
      return outputs;
  }
}

import { isDeepStrictEqual } from 'node:util';
import type { MimeBundle } from '../../outputs/mime';
import type { NotebookCell, NotebookDocument, SavedOutput, Unknown } from '../document';
import {
  besideForeign,
  expectedKind,
  HTML,
  htmlOfSvg,
  isJupyterJson,
  isRecord,
  type Json,
  kept,
  lineBreaksOf,
  type OutputHint,
  SVG,
  timedExecution,
  type ValueKind,
} from './ipynb-shape';

export const KERNELSPEC = { display_name: 'TypeScript (dinnb)', language: 'typescript', name: 'dinnb' };
export const LANGUAGE_INFO = { file_extension: '.ts', mimetype: 'text/typescript', name: 'typescript' };

/**
 * The notebook as the text of a Jupyter notebook (nbformat 4.5). Outputs keep their MIME bundles, so that a viewer
 * without dinnb shows the picture or the text they carry; bytes become base64. What Jupyter has no place for stands
 * under `metadata.dinnb`, and what came from Jupyter goes back to where it was: `ipynbToNotebook` gives the same document.
 */
export function notebookToIpynb(document: NotebookDocument): string {
  const { unknown, jupyter } = splitJupyter(document.unknown);
  const metadata: Json = isRecord(jupyter.metadata)
    ? jupyter.metadata
    : { kernelspec: KERNELSPEC, language_info: LANGUAGE_INFO };
  const { metadata: _, ...rest } = jupyter;
  const notebook: Json = {
    cells: document.cells.map(toJupyterCell),
    metadata: {
      ...metadata,
      ...(document.title === undefined ? {} : { title: document.title }),
      ...besideForeign(metadata, {
        ...(document.environment && { environment: document.environment }),
        ...kept({ unknown, jupyter: rest }),
      }),
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

function toJupyterCell(cell: NotebookCell): Json {
  const { unknown, jupyter } = splitJupyter(cell.unknown);
  const { cell_type, attachments, metadata: all, execution_count, line_breaks, ...rest } = jupyter;
  const metadata = isRecord(all) ? all : {};
  const lineBreaks = lineBreaksOf(line_breaks);
  const code = cell.kind === 'code';
  const type = code ? 'code' : cell_type === 'raw' ? 'raw' : 'markdown';
  const tags = [...new Set(cell.tags)].filter((tag) => /^[^,]+$/.test(tag));
  const count = jupyterCount(cell.execution ? cell.execution.count : execution_count);
  const attached = !code && isAttachments(attachments);
  const outputs = cell.outputs.map((output) => toJupyterOutput(output, count));
  const hints = code ? kept({ outputs: bareHints(cell.outputs) }) : {};
  // The times that Jupyter recorded tell the execution, and stay the only ones that do.
  const timed = timedExecution({ cell_type: type, execution_count: count, outputs }, metadata);
  const isTold = cell.execution && isDeepStrictEqual(timed, cell.execution) && Object.keys(hints).length === 0;
  const dinnb = {
    ...(tags.length === cell.tags.length ? {} : { tags: cell.tags }),
    ...kept({
      unknown,
      unknownRun: cell.unknownRun,
      // What stands in no place of its own: an attachment of a cell that has become code, for one.
      jupyter: {
        ...rest,
        ...(!attached && attachments !== undefined && { attachments }),
        ...(!lineBreaks && line_breaks !== undefined && { line_breaks }),
      },
    }),
    ...(cell.execution && !isTold && { execution: cell.execution }),
    ...hints,
    ...(!code && kept({ run: cell.outputs.map((output) => whole(output)) })),
  };
  return {
    cell_type: type,
    id: cell.id,
    metadata: {
      ...metadata,
      ...(tags.length > 0 && { tags }),
      ...besideForeign(metadata, dinnb),
    },
    ...(attached && { attachments }),
    ...(code && { execution_count: count, outputs }),
    source: carriedLines(lineBreaks ? cell.source.replaceAll('\n', lineBreaks) : cell.source),
  };
}

function toJupyterOutput(output: SavedOutput, count: number | null): Json {
  const { jupyter } = splitJupyter(output.unknown ?? {});
  switch (output.type) {
    case 'stream':
      return {
        name: typeof jupyter.name === 'string' ? jupyter.name : output.name,
        output_type: 'stream',
        text: carriedLines(output.text),
      };
    case 'error': {
      const { name, message, stack } = output.error;
      return { ename: name, evalue: message, output_type: 'error', traceback: tracebackOf(stack, jupyter.traceback) };
    }
    default: {
      if (isRecord(jupyter.output)) return jupyter.output;
      const foreign = isRecord(jupyter.metadata) ? jupyter.metadata : {};
      const metadata = { ...foreign, ...besideForeign(foreign, { ...hintOf(output) }) };
      const svg = output.data[SVG];
      const isPlain = typeof svg === 'string' && output.data[HTML] === undefined && jupyter.svg !== 'alone';
      const data = toJupyterData(isPlain ? { ...output.data, [HTML]: htmlOfSvg(svg) } : output.data);
      if (output.type === 'display') return { data, metadata, output_type: 'display_data' };
      const own = 'execution_count' in jupyter ? jupyterCount(jupyter.execution_count) : count;
      return { data, execution_count: own, metadata, output_type: 'execute_result' };
    }
  }
}

/** Streams and errors have no metadata in Jupyter: theirs stand with the cell, by the place of the output. */
function bareHints(outputs: readonly SavedOutput[]): { [index: string]: OutputHint } {
  const bare = outputs.map((output, index): [string, OutputHint] => [
    String(index),
    output.type === 'stream' || output.type === 'error' ? hintOf(output) : {},
  ]);
  return Object.fromEntries(bare.filter(([, hint]) => Object.keys(hint).length > 0));
}

/** An output of a cell that is not code: nothing of Jupyter's shows it. */
function whole(output: SavedOutput): Json {
  const hint = output.type === 'stream' || output.type === 'error' ? kept({ hint: hintOf(output) }) : {};
  return { ...toJupyterOutput(output, null), ...hint };
}

/** What Jupyter's form of an output does not tell. */
function hintOf(output: SavedOutput): OutputHint {
  const { unknown, jupyter } = splitJupyter(output.unknown ?? {});
  const { name, traceback, metadata, execution_count, output: _, svg: _svg, ...rest } = jupyter;
  const more: Json = {
    ...(output.type !== 'stream' && name !== undefined && { name }),
    ...(output.type !== 'error' && traceback !== undefined && { traceback }),
    ...(!('data' in output && isRecord(metadata)) && metadata !== undefined && { metadata }),
    ...(output.type !== 'result' && execution_count !== undefined && { execution_count }),
  };
  const hint: OutputHint = kept({ unknown, jupyter: { ...rest, ...more } });
  if (output.type === 'stream') return typeof name === 'string' ? { ...hint, name: output.name } : hint;
  if (output.type === 'error') {
    const { name: _name, message: _message, stack: _stack, ...error } = output.error;
    return { ...hint, ...kept({ error: error as Unknown }) };
  }
  const kinds = Object.entries(output.data)
    .map(([mime, value]): [string, ValueKind] => [mime, valueKind(mime, value)])
    .filter(([mime, kind]) => kind !== expectedKind(mime));
  return { ...hint, ...kept({ values: Object.fromEntries(kinds) }) };
}

function valueKind(mime: string, value: unknown): ValueKind {
  if (value instanceof Uint8Array) return 'bytes';
  return typeof value === 'string' && !isJupyterJson(mime) ? 'text' : 'json';
}

function toJupyterData(data: MimeBundle): Json {
  const entries = Object.entries(data).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([mime, value]) => [mime, toJupyterValue(mime, value)]));
}

function toJupyterValue(mime: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (isJupyterJson(mime)) return value;
  // Jupyter's schema wants text here, whatever a program put in.
  return carriedLines(typeof value === 'string' ? value : JSON.stringify(value));
}

/** The traceback as it was split; `counts` are the lines of its entries. */
function tracebackOf(stack: string, counts: unknown): string[] {
  if (counts === 0 && stack === '') return [];
  const lines = stack.split('\n');
  if (!Array.isArray(counts) || counts.reduce((sum, count) => sum + count, 0) !== lines.length) return lines;
  const ends = counts.map((_, index) => counts.slice(0, index + 1).reduce((sum: number, count) => sum + count, 0));
  return ends.map((end, index) => lines.slice(ends[index - 1] ?? 0, end).join('\n'));
}

function jupyterCount(count: unknown): number | null {
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 ? count : null;
}

function isAttachments(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isRecord);
}

/** Our unknown fields, and what an import kept for Jupyter among them. */
function splitJupyter(all: Unknown): { unknown: Unknown; jupyter: Json } {
  if (!isRecord(all.jupyter)) return { unknown: all, jupyter: {} };
  const { jupyter, ...unknown } = all;
  return { unknown, jupyter: jupyter as Json };
}

/** Jupyter's lines carry their line break. */
function carriedLines(text: string): string[] {
  const lines = text.split('\n');
  const carried = lines.map((line, index) => (index < lines.length - 1 ? `${line}\n` : line));
  return carried.filter((line) => line !== '');
}

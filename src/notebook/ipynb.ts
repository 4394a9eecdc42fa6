import type { ErrorOutput } from '../outputs/events';
import type { MimeBundle } from '../outputs/mime';
import type { NotebookCell, NotebookDocument, SavedOutput } from './document';
import { isJsonMime } from './mime-kind';

type Json = { [field: string]: unknown };

/**
 * The notebook as the text of a Jupyter notebook (nbformat 4.5). Outputs keep their MIME bundles, so that a viewer
 * without dinnb shows the picture or the text they carry; bytes become base64.
 */
export function notebookToIpynb(document: NotebookDocument): string {
  const notebook: Json = {
    cells: document.cells.map(toJupyterCell),
    metadata: {
      dinnb: { version: document.version, ...(document.environment && { environment: document.environment }) },
      kernelspec: { display_name: 'TypeScript (dinnb)', language: 'typescript', name: 'dinnb' },
      language_info: { file_extension: '.ts', mimetype: 'text/typescript', name: 'typescript' },
      ...(document.title === undefined ? {} : { title: document.title }),
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

function toJupyterCell(cell: NotebookCell): Json {
  const common = {
    cell_type: cell.kind,
    id: cell.id,
    metadata: cell.tags.length > 0 ? { tags: cell.tags } : {},
  };
  if (cell.kind === 'markdown') return { ...common, source: carriedLines(cell.source) };
  const count = cell.execution?.count ?? null;
  return {
    ...common,
    execution_count: count,
    outputs: cell.outputs.map((output) => toJupyterOutput(output, count)),
    source: carriedLines(cell.source),
  };
}

function toJupyterOutput(output: SavedOutput, count: number | null): Json {
  switch (output.type) {
    case 'stream':
      return { name: output.name, output_type: 'stream', text: carriedLines(output.text) };
    case 'error':
      return toJupyterError(output.error);
    case 'result':
      return { data: toJupyterData(output.data), execution_count: count, metadata: {}, output_type: 'execute_result' };
    case 'display':
      return { data: toJupyterData(output.data), metadata: {}, output_type: 'display_data' };
  }
}

function toJupyterError({ name, message, stack }: ErrorOutput): Json {
  return { ename: name, evalue: message, output_type: 'error', traceback: stack.split('\n') };
}

function toJupyterData(data: MimeBundle): Json {
  return Object.fromEntries(Object.entries(data).map(([mime, value]) => [mime, toJupyterValue(mime, value)]));
}

function toJupyterValue(mime: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (isJsonMime(mime)) return value;
  // Jupyter's schema wants text here, whatever a program put in.
  return typeof value === 'string' ? carriedLines(value) : carriedLines(JSON.stringify(value) ?? '');
}

/** Jupyter's lines carry their line break. */
function carriedLines(text: string): string[] {
  const lines = text.split('\n');
  const carried = lines.map((line, index) => (index < lines.length - 1 ? `${line}\n` : line));
  return carried.filter((line) => line !== '');
}

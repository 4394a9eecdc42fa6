import type * as vscode from 'vscode';
import type { SavedOutput, Unknown } from '../../notebook/document';
import { isBinaryMime, isJsonMime } from '../../notebook/mime-kind';
import { collapseReturns } from '../../outputs/accumulate';
import type { ErrorOutput } from '../../outputs/events';
import { MIME_PARAMETERS, type MimeBundle } from '../../outputs/mime';
import type { VS } from '../vs';
import { shownStack, urlByCount } from './error-links';

const STDOUT = 'application/vnd.code.notebook.stdout';
const STDERR = 'application/vnd.code.notebook.stderr';
const ERROR = 'application/vnd.code.notebook.error';

/** What an output of the editor carries besides its items. Renderers know an output by `displayId`. */
interface OutputMetadata {
  type?: 'display' | 'result';
  displayId?: string;
  unknown?: Unknown;
  /** Fields of an error beyond those that the editor keeps, and its stack without what is added for showing it. */
  error?: { stack?: string; [field: string]: unknown };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The editor's form of an output.
 *
 * @param cellUrl where the places that an error names are
 */
export function toEditorOutput(vs: VS, output: SavedOutput, cellUrl = urlByCount): vscode.NotebookCellOutput {
  const metadata: OutputMetadata = output.unknown ? { unknown: output.unknown } : {};
  switch (output.type) {
    case 'stream':
      return new vs.NotebookCellOutput([streamItem(vs, output.name, output.text)], { ...metadata });
    case 'error': {
      const { name, message, stack, ...rest } = output.error;
      metadata.error = { ...rest, stack };
      const shown = shownStack(output.error, vs.workspace.isTrusted ? cellUrl : undefined);
      return new vs.NotebookCellOutput([vs.NotebookCellOutputItem.error({ name, message, stack: shown })], {
        ...metadata,
      });
    }
    default:
      metadata.type = output.type;
      if (output.displayId !== undefined) metadata.displayId = output.displayId;
      return new vs.NotebookCellOutput(bundleItems(vs, output.data), { ...metadata });
  }
}

export function streamItem(vs: VS, name: 'stdout' | 'stderr', text: string): vscode.NotebookCellOutputItem {
  return name === 'stdout' ? vs.NotebookCellOutputItem.stdout(text) : vs.NotebookCellOutputItem.stderr(text);
}

/** A bundle's representations, in the order that the bundle gives but plain text last: the editor prefers the first. */
export function bundleItems(vs: VS, bundle: MimeBundle): vscode.NotebookCellOutputItem[] {
  const entries = Object.entries(bundle).filter(([, value]) => value !== undefined);
  const isPlain = ([mime]: [string, unknown]) => Number(mime === 'text/plain');
  const ordered = entries.sort((a, b) => isPlain(a) - isPlain(b));
  return ordered.map(([mime, value]) => new vs.NotebookCellOutputItem(toBytes(mime, value), mime));
}

function toBytes(mime: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string' && isBinaryMime(mime)) return new Uint8Array(Buffer.from(value, 'base64'));
  const text = typeof value === 'string' && !isJsonMime(mime) ? value : (JSON.stringify(value) ?? 'null');
  return encoder.encode(text);
}

/** The form of a parameters cell, which the editor shows and no file holds. */
export function parametersForm(vs: VS, cell: string): vscode.NotebookCellOutput {
  const metadata: OutputMetadata = { type: 'display', displayId: `parameters-${cell}` };
  return new vs.NotebookCellOutput(bundleItems(vs, { [MIME_PARAMETERS]: { cell } }), { ...metadata });
}

/** The saved form of an output of the editor, whoever made it; undefined for one without items, and for what no file holds. */
export function fromEditorOutput(output: vscode.NotebookCellOutput): SavedOutput | undefined {
  const metadata = (output.metadata ?? {}) as OutputMetadata;
  const first = output.items[0];
  if (!first || first.mime === MIME_PARAMETERS) return undefined;
  return { ...withoutMetadata(output, first.mime, metadata), ...(metadata.unknown && { unknown: metadata.unknown }) };
}

function withoutMetadata(output: vscode.NotebookCellOutput, mime: string, metadata: OutputMetadata): SavedOutput {
  if (mime === STDOUT || mime === STDERR) {
    // The editor may hold a stream as several pieces that follow each other.
    const text = output.items.map((item) => decoder.decode(item.data)).join('');
    return { type: 'stream', name: mime === STDOUT ? 'stdout' : 'stderr', text: collapseReturns(text) };
  }
  if (mime === ERROR) {
    const error = JSON.parse(decoder.decode(output.items[0]!.data)) as Partial<ErrorOutput>;
    const { name = 'Error', message = '', stack = `${name}: ${message}` } = error;
    const { stack: whole = stack, ...rest } = metadata.error ?? {};
    return { type: 'error', error: { name, message, ...rest, stack: whole } };
  }
  const data = Object.fromEntries(output.items.map((item) => [item.mime, fromBytes(item)]));
  const { type = 'display', displayId } = metadata;
  return { type, ...(displayId === undefined ? {} : { displayId }), data };
}

function fromBytes({ mime, data }: vscode.NotebookCellOutputItem): unknown {
  if (isBinaryMime(mime)) return data;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
    return isJsonMime(mime) ? (JSON.parse(text) as unknown) : text;
  } catch (error) {
    // Not what the MIME type promises (another program made it): the bytes as they are lose nothing.
    if (error instanceof TypeError || error instanceof SyntaxError) return data;
    throw error;
  }
}

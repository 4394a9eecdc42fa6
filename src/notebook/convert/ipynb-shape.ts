import type { CellExecution, Unknown } from '../document';
import { isBinaryMime } from '../mime-kind';
import { unknownFields } from '../shape';

export type Json = { [field: string]: unknown };

/** How a value of a MIME bundle was held: Jupyter's file has texts only, and JSON under its own MIME types. */
export type ValueKind = 'bytes' | 'text' | 'json';

/** What Jupyter's form of an output does not tell; see `notebookToIpynb`. */
export interface OutputHint {
  unknown?: Unknown;
  /** Fields from a Jupyter notebook that have no place in an output of this type. */
  jupyter?: Json;
  /** Of a stream that Jupyter calls something else. */
  name?: 'stdout' | 'stderr';
  /** Further fields of an error. */
  error?: Unknown;
  /** Where it is not `expectedKind`. */
  values?: { [mime: string]: ValueKind };
}

/** Jupyter's own pattern of MIME types whose values may be any JSON. */
export function isJupyterJson(mime: string): boolean {
  return /^application\/(.*\+)?json$/.test(mime);
}

/** What a value of this MIME type is taken for where nothing else is said. */
export function expectedKind(mime: string): ValueKind {
  return isJupyterJson(mime) ? 'json' : isBinaryMime(mime) ? 'bytes' : 'text';
}

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What of ours stands under `dinnb` in metadata of Jupyter's, and what others put there, to be kept in its place. */
export function splitOurs(value: unknown, known: readonly string[]): { ours: Json; foreign: { dinnb?: unknown } } {
  if (!isRecord(value)) return { ours: {}, foreign: value === undefined ? {} : { dinnb: value } };
  return { ours: value, foreign: kept({ dinnb: unknownFields(value, known) }) };
}

/** The opposite of `splitOurs`. */
export function besideForeign(metadata: Json, ours: Json): Json {
  return kept({ dinnb: { ...(isRecord(metadata.dinnb) ? metadata.dinnb : {}), ...ours } });
}

/** How the lines of a source end that a notebook holds with LF. */
export function lineBreaksOf(value: unknown): '\r\n' | '\r' | undefined {
  return value === '\r\n' || value === '\r' ? value : undefined;
}

/** The fields that hold something. */
export function kept<T extends object>(fields: T): Partial<T> {
  const full = Object.entries(fields).filter(([, value]) =>
    isRecord(value) || Array.isArray(value) ? Object.keys(value).length > 0 : value !== undefined,
  );
  return Object.fromEntries(full) as Partial<T>;
}

/** An execution by the times that Jupyter records when asked to; without them there is only a count. */
export function timedExecution(cell: Json, metadata: Json): CellExecution | undefined {
  const times = isRecord(metadata.execution) ? metadata.execution : {};
  const startedAt = Date.parse(String(times['iopub.execute_input'] ?? times['iopub.status.busy']));
  const endedAt = Date.parse(String(times['shell.execute_reply'] ?? times['iopub.status.idle']));
  const { execution_count: count, outputs } = cell;
  if (cell.cell_type !== 'code' || typeof count !== 'number' || !(endedAt >= startedAt)) return undefined;
  const ok = !(Array.isArray(outputs) && outputs.some((output) => isRecord(output) && output.output_type === 'error'));
  return { count, ok, startedAt, endedAt };
}

/**
 * What shows an SVG in a notebook that its reader has not marked as trusted: Jupyter draws none there, but shows pictures in sanitised HTML, and
 * a picture runs nothing.
 */
export function htmlOfSvg(svg: string): string {
  return `<img alt="picture" src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}">`;
}

export const SVG = 'image/svg+xml';
export const HTML = 'text/html';

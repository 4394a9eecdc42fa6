import type { Unknown } from '../document';
import { isBinaryMime } from '../mime-kind';

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

/** The fields that hold something. */
export function kept<T extends object>(fields: T): Partial<T> {
  const full = Object.entries(fields).filter(([, value]) =>
    isRecord(value) || Array.isArray(value) ? Object.keys(value).length > 0 : value !== undefined,
  );
  return Object.fromEntries(full) as Partial<T>;
}

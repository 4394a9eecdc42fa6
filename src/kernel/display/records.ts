import { types } from 'node:util';
import { keptRows, type Scalar, scalar, TABLE_LIMIT, type TableOutput } from '../../outputs/table';
import { inspectText } from './text';

const SHORT = {
  depth: 2,
  customInspect: false,
  maxArrayLength: 20,
  maxStringLength: TABLE_LIMIT.characters,
  breakLength: Number.POSITIVE_INFINITY,
};

/** An object literal, and nothing that answers with code of its own when it is looked at. */
export function isPlain(value: unknown): value is { [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** An array; a proxy of one is none, and one that is revoked throws even when it is asked. */
export function isList(value: unknown): value is unknown[] {
  return !types.isProxy(value) && Array.isArray(value);
}

/** The value of an own field; a getter is not called. */
function fieldOf(record: object, name: string): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(record, name);
  return descriptor && 'value' in descriptor ? descriptor.value : descriptor && '[getter]';
}

const timeOf = Date.prototype.getTime;

/** A value as a table's cell. */
export function cellOf(value: unknown): Scalar {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return scalar(value);
  if (typeof value === 'bigint') return scalar(String(value));
  if (types.isDate(value)) {
    const time = timeOf.call(value);
    return Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString();
  }
  return scalar(inspectText(value, SHORT));
}

/** The cell of a row and a column; null for what is no record. */
export function recordCell(record: unknown, name: string): Scalar {
  return isPlain(record) ? cellOf(fieldOf(record, name)) : null;
}

function typeOf(values: readonly unknown[]): string {
  const found = new Set(
    values
      .filter((value) => value !== null && value !== undefined)
      .map((value) => (types.isDate(value) ? 'date' : isList(value) ? 'list' : typeof value)),
  );
  return found.size === 0 ? 'empty' : found.size === 1 ? [...found][0]! : 'mixed';
}

/** An array of records as a table; undefined for anything else. */
export function recordsTable(value: unknown): TableOutput | undefined {
  if (!isList(value) || value.length === 0) return undefined;
  const rows = value.length;
  // Not by a method of the array, and by no getter in it: both may be code of the notebook.
  const first = Array.from({ length: Math.min(rows, TABLE_LIMIT.rows) }, (_, row) => fieldOf(value, String(row)));
  if (!first.every(isPlain)) return undefined;
  const names = new Set<string>();
  for (const record of first) for (const name of Object.keys(record)) names.add(name);
  if (names.size === 0) return undefined;
  const shown = [...names].slice(0, TABLE_LIMIT.columns);
  const kept = first.slice(0, keptRows(rows, shown.length));
  const columns = shown.map((name) => {
    const values = kept.map((record) => fieldOf(record, name));
    return { name, type: typeOf(values), values: values.map(cellOf) };
  });
  return { version: 1, rows, ...(names.size > shown.length ? { columnCount: names.size } : {}), columns };
}

/** A table of no rows: what its columns would be nobody knows. */
export const EMPTY_TABLE: TableOutput = { version: 1, rows: 0, columns: [] };

const TREE = { nodes: 5_000, depth: 40 };

/** A copy of a value that JSON says whole; undefined for what it would not, or not in short. */
export function jsonTree(value: unknown): unknown {
  let nodes = 0;
  const missing = Symbol();
  const copy = (node: unknown, depth: number): unknown => {
    if (++nodes > TREE.nodes || depth > TREE.depth) return missing;
    if (node === null || typeof node === 'string' || typeof node === 'boolean') return node;
    if (typeof node === 'number') return Number.isFinite(node) ? node : missing;
    if (isList(node)) {
      if (node.length > TREE.nodes) return missing;
      const entries: unknown[] = [];
      for (let at = 0; at < node.length; at++) {
        const { value: entry = missing } = Object.getOwnPropertyDescriptor(node, at) ?? {};
        entries.push(copy(entry, depth + 1));
      }
      return entries.includes(missing) || entries.length !== Object.keys(node).length ? missing : entries;
    }
    if (!isPlain(node)) return missing;
    const fields: { [name: string]: unknown } = {};
    for (const name of Object.keys(node)) {
      const { value: field = missing } = Object.getOwnPropertyDescriptor(node, name) ?? {};
      const copied = name === '__proto__' ? missing : copy(field, depth + 1);
      if (copied === missing) return missing;
      fields[name] = copied;
    }
    return fields;
  };
  if (typeof value !== 'object' || value === null) return undefined;
  const tree = copy(value, 0);
  return tree === missing ? undefined : tree;
}

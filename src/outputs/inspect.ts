import type { MimeBundle } from './mime';
import type { Scalar, TableOutput } from './table';
import type { TableQuery } from './table-query';

/** What can be asked of the variables of a kernel. Nothing of it runs code of the notebook, except `dispose`. */
export type InspectParams =
  | { what: 'variables' }
  | { what: 'detail'; name: string }
  | { what: 'page'; name: string; query: PageQuery }
  | { what: 'dispose'; name: string };

export interface PageQuery extends TableQuery {
  /** First row of the page, of those found. */
  start: number;
  count: number;
}

export interface TablePage {
  /** How many rows the filter leaves. */
  found: number;
  /** Why the filter can leave none. */
  problem?: string | undefined;
  /** Numbers of the rows in the table, from 0. */
  numbers: number[];
  /** `[rows][columns]` */
  rows: Scalar[][];
}

export interface VariableInfo {
  name: string;
  /** `Tensor float32`, `Table`, `Array`, `string`, ... */
  type: string;
  /** `[100, 16]`, `1,000 × 5`, `12` entries; empty where it has none. */
  shape: string;
  /** Bytes, where they are known. */
  bytes: number | null;
  preview: string;
  /** It holds memory of TensorFlow that *Dispose* gives back. */
  disposable?: boolean;
}

export interface TensorsAlive {
  count: number;
  bytes: number;
  /** What cells left behind when they last ran, by their execution number; only those that left something. */
  left: { cell: number; tensors: number }[];
}

export type InspectResult =
  | { ok: 'variables'; variables: VariableInfo[]; tensors: TensorsAlive }
  | { ok: 'detail'; bundle: MimeBundle; table?: TableOutput }
  | { ok: 'page'; page: TablePage }
  | { ok: 'disposed' }
  /** A cell runs: it is not held up. */
  | { ok: false; busy: true }
  | { ok: false; busy?: undefined; message: string };

/** What the page of the view asks. */
export type FromPage = { type: 'ready' } | { type: 'ask'; id: number; params: InspectParams };

/** What it is told. */
export type ToPage =
  | { type: 'variables'; notebook: string; variables: VariableInfo[]; tensors: TensorsAlive }
  /** There is nothing to show, and why. */
  | { type: 'none'; message: string }
  | { type: 'answer'; id: number; result: InspectResult };

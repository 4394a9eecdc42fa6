import type { CellOutput } from '../outputs/events';

/** Fields this version does not know are kept and written back. */
export interface Unknown {
  [field: string]: unknown;
}

/** The outcome of a cell's last run. Times are milliseconds since the epoch. */
export interface CellExecution {
  count: number;
  ok: boolean;
  startedAt: number;
  endedAt: number;
  unknown?: Unknown;
}

/** An output as the file keeps it: unknown fields of this version ride along. */
export type SavedOutput = CellOutput & { unknown?: Unknown };

export interface NotebookCell {
  /** Never changes while the cell lives; `[A-Za-z0-9_-]{1,64}`, unique in the notebook. */
  id: string;
  kind: 'code' | 'markdown';
  source: string;
  tags: string[];
  outputs: SavedOutput[];
  execution?: CellExecution;
  unknown: Unknown;
  /** Unknown fields beside the cell's outputs. */
  unknownRun?: Unknown;
}

export interface NotebookDocument {
  version: 1;
  title?: string;
  cells: NotebookCell[];
  /** Made by a run: dinnb, Node, TensorFlow, backend. */
  environment?: { [name: string]: unknown };
  unknown: Unknown;
}

/**
 * The code cells, each with the number that errors, reports and the editor's `[1]` know it by: the one that a run from
 * top to bottom in a fresh kernel gives it. Markdown cells are not counted.
 */
export function numberedCells(cells: NotebookCell[]): { cell: NotebookCell; number: number }[] {
  return cells.filter(({ kind }) => kind === 'code').map((cell, index) => ({ cell, number: index + 1 }));
}

/** What code that runs in a kernel tells of itself, so that a notebook can say what it was made of. */
export type ProvenanceRecord =
  /** A data set was read. */
  | { type: 'data'; path: string; sha256: string; bytes: number; rows?: number }
  /** A file was read by code that dinnb did not write: what it holds is found out afterwards. */
  | { type: 'read'; path: string }
  /** A file was written: what is read of it from now on is the notebook's own, and no data. */
  | { type: 'write'; path: string }
  /** A cell imported what may be known only when it runs: `import(`./models/${name}.ts`)`. */
  | { type: 'import'; specifier: string }
  | ({ type: 'fit' } & FitRecord);

/** One training, told by hashes (SHA-256, hexadecimal): the same ones, the same training. */
export interface FitRecord {
  title: string;
  seed: number;
  rows: number;
  batchSize: number;
  epochs: number;
  state: 'done' | 'interrupted' | 'failed';
  initialWeights: string;
  /** Of the order of the rows, epoch by epoch. */
  dataOrder: string;
  finalWeights: string;
  /** Final values by name; those of validation as `validation.NAME`. */
  metrics: { [name: string]: number };
}

let sink: ((record: ProvenanceRecord) => void) | undefined;

/** Who takes the records; none outside a kernel, where nothing is computed for them. */
export function setProvenanceSink(take: ((record: ProvenanceRecord) => void) | undefined): void {
  sink = take;
}

export function isProvenanceWanted(): boolean {
  return sink !== undefined;
}

export function recordProvenance(record: ProvenanceRecord): void {
  sink?.(record);
}

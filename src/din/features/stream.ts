import { BLOCK_ROWS, SHUFFLED_BLOCKS } from '../../base/random';
import { copyRow, type EncodedData, type EncodedInput, type RowSource } from '../data/encoded';
import type { Table } from '../data/table';
import { throwIfInterrupted, yieldToEventLoop } from '../interrupt';
import {
  checkTable,
  columnsOf,
  type EncodeOptions,
  encodeInput,
  encodeTargets,
  encodeYielding,
  type InputPlan,
  widthOfPlan,
} from './encode';
import type { UnknownValues } from './read-ids';
import type { FeatureState } from './state';

/**
 * A table as a network's inputs: in memory at once; of a table on disk the inputs are read and encoded when they are needed,
 * and what is one number a row (labels, groups) is here.
 * @param blocks of 8,192 rows that are in memory at a time.
 * @throws DataError as `encode` does; of inputs on disk, when they are read.
 */
export async function encodeTable(
  plans: readonly InputPlan[],
  table: Table,
  state: FeatureState,
  options: EncodeOptions = {},
  blocks = SHUFFLED_BLOCKS,
): Promise<EncodedData> {
  if (table.storage === 'memory') return encodeYielding(plans, table, state, options);
  checkTable(plans, table, options);
  const window = blocks * BLOCK_ROWS;
  const needed = plans.flatMap(columnsOf).concat(options.label ?? [], options.group ?? []);
  const part = table.select([...new Set(needed)]);
  if (table.rows <= window) return encodeYielding(plans, await part.fetch(0, part.rows), state, options);
  const stream = new TableRows(plans, part, state, options, window);
  const { rows, source, first } = table;
  return { rows, source, first, inputs: stream.kinds, ...encodeTargets(table, options), stream };
}

/** Rows of a table on disk, encoded block by block. */
class TableRows implements RowSource {
  /** What the inputs are, without a value. */
  readonly kinds: EncodedInput[];
  private readonly table: Table;
  private readonly reports: Reports;
  private readonly before: (plan: InputPlan, block: number) => number;
  private pending: { rows: Int32Array; blocks: Promise<Table>[] } | undefined;

  constructor(
    private readonly plans: readonly InputPlan[],
    table: Table,
    private readonly state: FeatureState,
    private readonly options: EncodeOptions,
    readonly window: number,
  ) {
    this.table = table.select([...new Set(plans.flatMap(columnsOf))]);
    this.reports = new Reports(Math.ceil(table.rows / BLOCK_ROWS), options);
    this.before = valuesBefore(this.table);
    const none = this.table.read(0, 0);
    this.kinds = plans.map((plan) => {
      const { offsets: _, fill: __, ...kind } = encodeInput(plan, none, state, {});
      return kind;
    });
  }

  async read(rows: Int32Array, next?: Int32Array): Promise<EncodedInput[]> {
    const order = blocksOf(rows, this.table.rows);
    const blocks = this.take(rows, order.blocks);
    // What comes next is fetched while these rows are encoded and worked on.
    if (next) this.pending = { rows: next, blocks: this.fetch(blocksOf(next, this.table.rows).blocks) };
    const inputs = this.kinds.map((kind): EncodedInput => {
      const size = rows.length * kind.width;
      return { ...kind, values: kind.dtype === 'int32' ? new Int32Array(size) : new Float32Array(size) };
    });
    for (const [i, block] of order.blocks.entries()) {
      const table = await blocks[i];
      const places = order.places.subarray(order.starts[i], order.starts[i + 1]);
      this.plans.forEach((plan, p) => {
        const encoded = encodeInput(plan, table, this.state, {
          ...this.reports.options(block),
          training: this.options.training,
          valuesBefore: (own) => this.before(own, block),
        });
        const { values, width } = inputs[p];
        const first = table.first - this.table.first;
        for (const place of places) copyRow(encoded, rows[place] - first, values, place * width);
      });
      this.reports.seen(block);
      await yieldToEventLoop();
      throwIfInterrupted('Interrupted while rows were read from disk.');
    }
    return inputs;
  }

  private take(rows: Int32Array, blocks: readonly number[]): Promise<Table>[] {
    const { pending } = this;
    this.pending = undefined;
    const same =
      pending?.rows.buffer === rows.buffer &&
      pending.rows.byteOffset === rows.byteOffset &&
      pending.rows.length === rows.length;
    return same ? pending.blocks : this.fetch(blocks);
  }

  private fetch(blocks: readonly number[]): Promise<Table>[] {
    return blocks.map((block) => {
      const start = block * BLOCK_ROWS;
      const read = this.table.fetch(start, Math.min(BLOCK_ROWS, this.table.rows - start));
      // Whoever awaits it hears of a failure; a block that nobody asks for any more fails nobody.
      read.catch(() => {});
      return read;
    });
  }
}

/** The blocks that hold some rows, and by block the places of its rows in the list. */
function blocksOf(rows: Int32Array, all: number): { blocks: number[]; starts: Int32Array; places: Int32Array } {
  const index = new Int32Array(Math.ceil(all / BLOCK_ROWS)).fill(-1);
  const blocks: number[] = [];
  const counts: number[] = [];
  for (const row of rows) {
    const block = Math.floor(row / BLOCK_ROWS);
    if (index[block] < 0) {
      index[block] = blocks.push(block) - 1;
      counts.push(0);
    }
    counts[index[block]]++;
  }
  const starts = new Int32Array(blocks.length + 1);
  for (const [i, count] of counts.entries()) starts[i + 1] = starts[i] + count;
  const next = starts.slice();
  const places = new Int32Array(rows.length);
  for (let place = 0; place < rows.length; place++) places[next[index[Math.floor(rows[place] / BLOCK_ROWS)]]++] = place;
  return { blocks, starts, places };
}

/** How many values of an input come before a block: as many as its columns have, or of lists those that count. */
function valuesBefore(table: Table): (plan: InputPlan, block: number) => number {
  const sums = new Map<string, Float64Array>();
  return (plan, block) => {
    const width = widthOfPlan(plan);
    const [key] = columnsOf(plan);
    if (table.column(key).type !== 'list') return block * BLOCK_ROWS * width;
    let all = sums.get(plan.name);
    if (!all) {
      all = countedValues(table, key, width);
      sums.set(plan.name, all);
    }
    return all[block];
  };
}

function countedValues(table: Table, key: string, width: number): Float64Array {
  const blocks = Math.ceil(table.rows / BLOCK_ROWS);
  const before = new Float64Array(blocks + 1);
  for (let block = 0; block < blocks; block++) {
    const { offsets } = table.lists(key).slice(block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS);
    let sum = 0;
    for (let row = 1; row < offsets.length; row++) sum += Math.min(width, offsets[row] - offsets[row - 1]);
    before[block + 1] = before[block] + sum;
  }
  return before;
}

/** What encoding tells of values: added up, and told once, when every block has been seen. */
class Reports {
  private readonly unseen: Uint8Array;
  private left: number;
  private readonly unknown = new Map<string, UnknownValues>();
  private readonly cut = new Map<string, { rows: number; length: number }>();

  constructor(
    blocks: number,
    private readonly to: EncodeOptions,
  ) {
    this.unseen = new Uint8Array(blocks).fill(1);
    this.left = blocks;
  }

  options(block: number): EncodeOptions {
    if (!this.unseen[block]) return {};
    return {
      onUnknown: (unknown) => {
        const key = unknown.columns.join();
        const known = this.unknown.get(key);
        this.unknown.set(key, { ...unknown, ...known, count: unknown.count + (known?.count ?? 0) });
      },
      onCut: (column, rows, length) => {
        this.cut.set(column, { rows: rows + (this.cut.get(column)?.rows ?? 0), length });
      },
    };
  }

  seen(block: number): void {
    if (!this.unseen[block]) return;
    this.unseen[block] = 0;
    if (--this.left > 0) return;
    for (const unknown of this.unknown.values()) this.to.onUnknown?.(unknown);
    for (const [column, { rows, length }] of this.cut) this.to.onCut?.(column, rows, length);
  }
}

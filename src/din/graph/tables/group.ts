import { DataType, type } from '../attributes';
import { Emit } from '../emit';
import { Body, type Node, type Ref, type SessionVariable, shapeOf } from '../ir';
import { assign } from '../program';
import type { Clock } from './clock';
import { emptyTensor, PIECE, pieceStarts, Stage, type TablePieces } from './pieces';
import type { Moment, Rows, TableRule } from './rule';
import type { RuleWindow } from './rules';
import type { Lookup } from './sparse-gradient';

/** One embedding table: how a step reads it and what gradient it gets. */
export interface Table {
  /** `[rows, dimension]`. */
  variable: SessionVariable;
  /** Session names of the optimizer's slots of this variable. */
  slots: Record<string, SessionVariable>;
  lookups: Lookup[];
  /** Rates of mini-batch-aware decay, `[rows]`: see `MiniBatchDecay`. */
  decay?: SessionVariable;
}

/** Up to this many lookups a step, repeated ids are found by comparing all pairs (vectorized); above, through `scratch`. */
const PAIRS_LIMIT = 512;

/**
 * Tables of one dimension, kept as one packed session variable `[all rows, weights | slots | last]`: a step gathers the
 * rows of all their lookups at once and writes them back at once.
 */
export class TableGroup {
  readonly packed: SessionVariable;
  /** Finds repeated ids in large batches: the row's last lookup in this batch. */
  readonly scratch: SessionVariable;
  readonly rows: number;
  private readonly offsets: number[] = [];
  private readonly dimension: number;
  private readonly columns: { name: string; width: number }[];
  /** Of all rows, how many each step brings up to date whether its batch has them or not. */
  private readonly swept: number;
  private readonly clock: Clock;
  /** Tables that are too large to be moved in one call. */
  readonly pieces: readonly TablePieces[];
  private readonly small: readonly (Table & { offset: number })[];

  constructor(
    readonly name: string,
    readonly tables: readonly Table[],
    readonly rule: TableRule,
    { clock, piece = PIECE }: RuleWindow,
  ) {
    this.clock = clock;
    this.dimension = tables[0].variable.shape[1];
    let rows = 0;
    for (const { variable } of tables) {
      this.offsets.push(rows);
      rows += variable.shape[0];
    }
    this.rows = rows;
    this.swept = rule.lags ? Math.ceil(rows / clock.period) : 0;
    this.columns = rule.slots.map(({ name, width }) => ({ name, width: width(this.dimension) }));
    const width = this.dimension + this.columns.reduce((sum, column) => sum + column.width, 0) + (rule.lags ? 1 : 0);
    this.packed = { name: `${name}/packed`, dtype: DataType.float32, shape: [rows, width] };
    const pieceRows = Math.max(1, Math.floor(piece / width));
    const placed = tables.map((table, i) => ({ ...table, offset: this.offsets[i] }));
    const isLarge = (table: Table) => table.variable.shape[0] > 2 * pieceRows;
    this.small = placed.filter((table) => !isLarge(table));
    this.pieces = placed.filter(isLarge).map((table) => this.inPieces(table, pieceRows));
    this.scratch = { name: `${name}/scratch`, dtype: DataType.int32, shape: [rows] };
  }

  /** Puts lookups and updates of the tables into a step. `clock` `[]` int32. */
  emitStep(body: Body, clock: Ref): void {
    const emit = new Emit(body);
    const places = this.tables.flatMap((table, i) =>
      table.lookups.map((lookup) => ({ lookup, offset: this.offsets[i], decay: table.decay })),
    );
    const ids = emit.concat(
      [
        ...places.map(({ lookup, offset }) => {
          const flat = emit.reshape(lookup.ids, [lookup.count]);
          return offset ? emit.add(flat, emit.int(offset)) : flat;
        }),
        ...(this.swept ? [this.sweep(emit, clock)] : []),
      ],
      0,
    );
    const gathered = emit.gatherRows(this.packed, ids);
    const { rows, moment } = this.unpack(emit, gathered, clock);
    const current = this.rule.lags ? this.rule.catchUp(emit, rows, moment) : rows;
    const gradients = this.replaceLookups(
      emit,
      places.map(({ lookup }) => lookup),
      current.weights,
    );
    const sums = this.sumRepeated(emit, ids);
    const updated = this.rule.update(
      emit,
      current,
      {
        sum: this.withDecay(emit, places, sums, gradients, current.weights),
        squares: () => sums(emit.square(gradients)),
      },
      moment,
    );
    emit.scatterRows(this.packed, ids, this.pack(emit, updated, clock), [gathered.node]);
  }

  /**
   * A share of all rows, another one each step, as lookups without a gradient: to the optimizer they are rows that the batch
   * does not contain. So all are brought up to date in a period, and no step waits for the whole table. `[swept]` int32.
   */
  private sweep(emit: Emit, clock: Ref): Ref {
    const { rows, swept } = this;
    const start = emit.mul(emit.mod(clock, emit.int(this.clock.period)), emit.int(swept));
    return rowsFrom(emit, swept, emit.minimum(start, emit.int(rows - swept)));
  }

  /** Lookups read the rows that are up to date; returns the gradients in the same order, `[lookups, dimension]`. */
  private replaceLookups(emit: Emit, places: readonly Lookup[], weights: Ref): Ref {
    let position = 0;
    const gradients = places.map(({ count, node, gradient }) => {
      replaceNode(node, emit, emit.slice(weights, [position, 0], [count, this.dimension]));
      position += count;
      return gradient ?? emit.fill([count, this.dimension], emit.float(0));
    });
    if (this.swept) gradients.push(emit.fill([this.swept, this.dimension], emit.float(0)));
    return emit.concat(gradients, 0);
  }

  /** A function that gives each lookup the sum over all lookups of its row. */
  private sumRepeated(emit: Emit, ids: Ref): (values: Ref) => Ref {
    const [n] = shapeOf(ids);
    if (n <= PAIRS_LIMIT) {
      const same = emit.cast(emit.equal(emit.reshape(ids, [n, 1]), emit.reshape(ids, [1, n])), DataType.float32);
      return (values) => emit.matMul(same, values);
    }
    const positions = emit.ints(Array.from({ length: n }, (_, i) => i));
    const marked = emit.scatterRows(this.scratch, ids, positions, []);
    const first = emit.gatherRows(this.scratch, ids);
    first.node.after.push(marked);
    return (values) => emit.gather(emit.segmentSum(values, first, n), first);
  }

  /** Each lookup's gradient, summed over its row, with the row's decay, where the batch has it: rate * weights. */
  private withDecay(
    emit: Emit,
    places: readonly { lookup: Lookup; decay?: SessionVariable }[],
    sums: (values: Ref) => Ref,
    gradients: Ref,
    weights: Ref,
  ): Ref {
    const sum = sums(gradients);
    if (!places.some(({ decay }) => decay)) return sum;
    const [n] = shapeOf(sum);
    const rates = places.map(({ lookup: { ids, count }, decay }) =>
      decay ? emit.gatherRows(decay, emit.reshape(ids, [count])) : emit.fill([count], emit.float(0)),
    );
    const column = (value: Ref) => emit.reshape(value, [n, 1]);
    if (!this.swept) return emit.add(sum, emit.mul(weights, column(emit.concat(rates, 0))));
    // A row that is swept as well has one rate, too: that of its lookups.
    const zeros = emit.fill([this.swept], emit.float(0));
    const own = sums(column(emit.concat([...rates, zeros], 0)));
    const count = sums(column(emit.concat([emit.fill([n - this.swept], emit.float(1)), zeros], 0)));
    return emit.add(sum, emit.mul(weights, emit.div(own, emit.maximum(count, emit.float(1)))));
  }

  private unpack(emit: Emit, packed: Ref, clock: Ref): { rows: Rows; moment: Moment } {
    const [n, width] = shapeOf(packed);
    let from = 0;
    const next = (count: number) => {
      from += count;
      return emit.slice(packed, [0, from - count], [n, count]);
    };
    const weights = next(this.dimension);
    const slots = Object.fromEntries(this.columns.map((column) => [column.name, next(column.width)]));
    const last = this.rule.lags ? emit.reshape(emit.slice(packed, [0, width - 1], [n, 1]), [n]) : emit.float(0);
    return { rows: { weights, slots }, moment: { clock, last: emit.cast(last, DataType.int32) } };
  }

  private pack(emit: Emit, { weights, slots }: Rows, clock: Ref): Ref {
    const [n] = shapeOf(weights);
    const parts = [weights, ...this.columns.map(({ name }) => slots[name])];
    if (this.rule.lags) {
      parts.push(emit.fill([n, 1], emit.cast(clock, DataType.float32)));
    }
    return emit.concat(parts, 1);
  }

  /** Session variables of the tables that are moved whole, table by table: weights, then slots in the rule's order. */
  get parts(): SessionVariable[] {
    return this.small.flatMap((table) => this.partsOf(table));
  }

  private partsOf({ variable, slots }: Table): SessionVariable[] {
    return [variable, ...this.columns.map(({ name }) => slots[name])];
  }

  /** Packs `parts`, given as further arguments of the body. @param last `[]` int32: place of the step that all rows have. */
  emitPack(body: Body, last: Ref): void {
    const emit = new Emit(body);
    const packedTables = this.small.map((table) => {
      const args = this.partsOf(table).map((part) => body.argument(part.dtype, part.shape, 'part'));
      return this.packRows(emit, args, last);
    });
    if (!this.pieces.length) {
      assign(body, this.packed, emit.concat(packedTables, 0));
    } else {
      const room = assign(body, this.packed, emptyTensor(emit, this.packed.shape));
      this.small.forEach(({ offset, variable }, i) => {
        emit.scatterRows(this.packed, rowsFrom(emit, variable.shape[0], emit.int(offset)), packedTables[i], [room]);
      });
    }
    assign(body, this.scratch, emit.fill([this.rows], emit.int(0)));
  }

  private packRows(emit: Emit, parts: readonly Ref[], last: Ref): Ref {
    const [n] = shapeOf(parts[0]);
    const place = () => emit.fill([n, 1], emit.cast(last, DataType.float32));
    return emit.concat(this.rule.lags ? [...parts, place()] : parts, 1);
  }

  /**
   * An entry that returns `parts` as they are before the step whose place is its argument. It only reads: whoever looks at
   * the weights, and when, must not change what training gives, to the bit.
   */
  unpackBody(): Body {
    const body = new Body();
    const emit = new Emit(body);
    const clock = body.argument(DataType.int32, [], 'clock');
    if (this.pieces.length) {
      body.results = this.small.flatMap(({ offset, variable }) =>
        this.current(emit, emit.gatherRows(this.packed, rowsFrom(emit, variable.shape[0], emit.int(offset))), clock),
      );
      return body;
    }
    const columns = this.current(emit, body.read(this.packed), clock);
    body.results = this.small.flatMap(({ variable, offset }) =>
      columns.map((column) => emit.slice(column, [offset, 0], [variable.shape[0], shapeOf(column)[1]])),
    );
    return body;
  }

  /** Packed rows as they are before the step at `clock`: weights, then slots. */
  private current(emit: Emit, packed: Ref, clock: Ref): Ref[] {
    const { rows, moment } = this.unpack(emit, packed, clock);
    const { weights, slots } = this.rule.lags ? this.rule.catchUp(emit, rows, moment) : rows;
    return [weights, ...this.columns.map(({ name }) => slots[name])];
  }

  /** The same as `emitPack` and `unpackBody` for one table, some rows a call. */
  private inPieces(table: Table & { offset: number }, rows: number): TablePieces {
    const { variable, offset } = table;
    const parts = this.partsOf(table);
    const stages = parts.map((part, k) => new Stage(`${this.name}/${offset}/${k}`, part.shape));
    const make = (write: (body: Body, emit: Emit) => void) => {
      const body = new Body();
      write(body, new Emit(body));
      return body;
    };
    const packedRows = (emit: Emit, start: Ref) => rowsFrom(emit, rows, emit.add(start, emit.int(offset)));
    return {
      parts,
      rows,
      starts: pieceStarts(variable.shape[0], rows),
      entries: {
        pack: make((body, emit) => {
          const [last, start] = ['last', 'start'].map((name) => body.argument(DataType.int32, [], name));
          const args = parts.map((part) => body.argument(part.dtype, [rows, ...part.shape.slice(1)], 'part'));
          emit.scatterRows(this.packed, packedRows(emit, start), this.packRows(emit, args, last), []);
        }),
        stage: make((body) => {
          for (const stage of stages) stage.allocate(body);
        }),
        unpack: make((body, emit) => {
          const [clock, start] = ['clock', 'start'].map((name) => body.argument(DataType.int32, [], name));
          const columns = this.current(emit, emit.gatherRows(this.packed, packedRows(emit, start)), clock);
          const ids = rowsFrom(emit, rows, start);
          columns.forEach((column, k) => {
            stages[k].scatter(body, ids, column);
          });
        }),
        take: make((body) => {
          body.results = stages.map((stage) => stage.ref(body));
        }),
        drop: make((body) => {
          for (const stage of stages) stage.drop(body);
        }),
      },
    };
  }
}

/** `[count]` int32: `start` and the rows that follow. */
function rowsFrom(emit: Emit, count: number, start: Ref): Ref {
  return emit.add(emit.range(count), start);
}

/** Turns a lookup into a view of rows that are already there, `[count, dimension]`. */
function replaceNode(node: Node, emit: Emit, rows: Ref): void {
  const dimensions = node.outputs[0].shape ?? [];
  node.op = 'Reshape';
  node.inputs = [rows, emit.ints(dimensions)];
  node.attributes = { T: type(DataType.float32), Tshape: type(DataType.int32) };
}

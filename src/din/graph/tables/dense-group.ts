import { DataType, type } from '../attributes';
import { Emit } from '../emit';
import { Body, type Ref, type SessionVariable, sizeOf } from '../ir';
import { assign } from '../program';
import type { Table } from './group';
import type { TableRule } from './rule';

/** A weight that is updated whole. */
export interface DenseWeight extends Table {
  /** Of the weight's shape. */
  gradient: Ref;
}

/**
 * Small weights that an optimizer updates whole, kept end to end in one session variable for the weights and one for
 * each slot: a step updates all of them with the kernels that one would take.
 */
export class DenseGroup {
  private readonly offsets: number[] = [];
  private readonly families: { name: string; variable: SessionVariable }[];

  constructor(
    readonly name: string,
    readonly tables: readonly DenseWeight[],
    readonly rule: TableRule,
  ) {
    let size = 0;
    for (const { variable } of tables) {
      this.offsets.push(size);
      size += sizeOf(variable.shape);
    }
    this.families = ['weights', ...rule.slots.map((slot) => slot.name)].map((family) => ({
      name: family,
      variable: { name: `${name}/${family}`, dtype: DataType.float32, shape: [1, size] },
    }));
  }

  /** Puts reads and updates of the weights into a step. `clock` `[]` int32. */
  emitStep(body: Body, clock: Ref): void {
    const emit = new Emit(body);
    const [weights, ...slots] = this.families.map(({ variable }) => body.read(variable));
    this.tables.forEach(({ variable }, i) => {
      const read = body.readOf(variable);
      if (!read) return;
      read.op = 'Reshape';
      read.inputs = [this.part(emit, weights, i), emit.ints(variable.shape)];
      read.attributes = { T: type(DataType.float32), Tshape: type(DataType.int32) };
    });
    const flat = this.tables.map(({ gradient, variable }) => emit.reshape(gradient, [1, sizeOf(variable.shape)]));
    const sum = emit.concat(flat, 1);
    const rows = { weights, slots: Object.fromEntries(this.rule.slots.map((slot, k) => [slot.name, slots[k]])) };
    const moment = { clock, last: clock };
    const updated = this.rule.update(emit, rows, { sum, squares: () => emit.square(sum) }, moment);
    for (const { name, variable } of this.families) {
      assign(body, variable, name === 'weights' ? updated.weights : updated.slots[name]);
    }
  }

  /** Weights as small as these move whole. */
  readonly pieces = [];

  /** Session variables behind the flat ones, weight by weight: the weight, then its slots in the rule's order. */
  get parts(): SessionVariable[] {
    return this.tables.flatMap(({ variable, slots }) => [variable, ...this.rule.slots.map(({ name }) => slots[name])]);
  }

  /** Joins `parts`, given as further arguments of the body. */
  emitPack(body: Body, _last: Ref): void {
    const emit = new Emit(body);
    const args = this.parts.map((part) =>
      emit.reshape(body.argument(part.dtype, part.shape, 'part'), [1, sizeOf(part.shape)]),
    );
    this.families.forEach(({ variable }, k) => {
      const own = args.filter((_, i) => i % this.families.length === k);
      assign(body, variable, emit.concat(own, 1));
    });
  }

  /** An entry that returns `parts`. Its argument, the clock, matters to rules that lag only. */
  unpackBody(): Body {
    const body = new Body();
    const emit = new Emit(body);
    body.argument(DataType.int32, [], 'clock');
    const values = this.families.map(({ variable }) => body.read(variable));
    body.results = this.tables.flatMap(({ variable }, i) =>
      values.map((value) => emit.reshape(this.part(emit, value, i), variable.shape)),
    );
    return body;
  }

  private part(emit: Emit, flat: Ref, i: number): Ref {
    return emit.slice(flat, [0, this.offsets[i]], [1, sizeOf(this.tables[i].variable.shape)]);
  }
}

import * as tf from '@tensorflow/tfjs';
import type { Threads } from '../backend/threads';
import { DataType } from './attributes';
import { type NodeBackend, nodeBackend, type TensorMetadata, tensorId } from './binding';
import { Emit } from './emit';
import { Body, type SessionVariable } from './ir';
import { assignArguments, assignBody, Program, readBody } from './program';
import { beforeReading } from './readers';
import type { GraphFunction } from './saved-model';
import type { PlanChange } from './tables/adam-schedule';
import type { TablePieces } from './tables/pieces';
import type { UpdateGroup } from './tables/plan';
import type { TableRule } from './tables/rule';

const PLACE: Omit<SessionVariable, 'name'> = { dtype: DataType.int32, shape: [] };

/** What a training session is made of. */
export interface SessionParts<Name extends string> {
  /** Entries beside those that move variables. */
  entries: Record<Name, Body>;
  functions: readonly GraphFunction[];
  /** Session variables with a tfjs variable behind them, those of table groups included. */
  variables: ReadonlyMap<string, tf.Variable>;
  /** Those that the session changes. */
  written: ReadonlySet<string>;
  groups: readonly UpdateGroup[];
  threads: Threads;
  /** Variables that only the session has. Set one by one with `set`. */
  own: readonly SessionVariable[];
  /** Variables of the data set. Set together with `setData`. */
  data: readonly SessionVariable[];
}

/**
 * A program whose variables mirror tfjs variables: `push` copies those into the session, `pull` brings back what it
 * changed. Between the two the session's values are the true ones.
 */
export class TrainingSession<Name extends string> {
  private readonly backend: NodeBackend;
  private readonly program: Program;
  private readonly plain: { session: SessionVariable; variable: tf.Variable }[];
  private readonly pulled: { session: SessionVariable; variable: tf.Variable }[];
  /** Entries that give one variable a value, by its name. */
  private readonly setters = new Map<string, string>();
  /** Contents of the tfjs variables at the last push or pull. */
  private known = new Map<tf.Variable, object>();
  /** Tables that are moved piece by piece, and what their entries' names begin with. */
  private readonly pieces: readonly { table: TablePieces; name: string }[];
  /** Variables of tables and their slots, which groups and pieces move. */
  private readonly moved: readonly SessionVariable[];
  /** How many pulls have begun. */
  private pulls = 0;
  /** The session itself looks at its variables, as they are. */
  private looking = false;
  private unwatch: (() => void) | undefined;

  constructor(private readonly parts: SessionParts<Name>) {
    this.backend = nodeBackend();
    this.pieces = parts.groups
      .flatMap((group) => group.pieces)
      .map((table: TablePieces, i) => ({ table, name: `pieces${i}` }));
    this.moved = [...parts.groups, ...this.pieces.map(({ table }) => table)].flatMap((one) => one.parts);
    const grouped = new Set(this.moved.map(({ name }) => name));
    const used = usedVariables(parts);
    this.plain = [...parts.variables]
      .filter(([name]) => used.has(name) && !grouped.has(name))
      .map(([name, variable]) => ({ session: used.get(name)!, variable }));
    this.pulled = this.plain.filter(({ session }) => parts.written.has(session.name));
    const entries: Record<string, Body> = { ...parts.entries };
    entries.push = pushBody(
      this.plain.map(({ session }) => session),
      parts.groups,
    );
    entries.pull = readBody(this.pulled.map(({ session }) => session));
    const single = [
      ...parts.own,
      ...parts.groups.flatMap((group) => group.rule.variables),
      ...this.plain.map(({ session }) => session),
    ];
    single.forEach((variable, i) => {
      entries[`set${i}`] = assignBody([variable]);
      this.setters.set(variable.name, `set${i}`);
    });
    if (parts.data.length) entries.data = assignBody(parts.data);
    for (const group of parts.groups) {
      entries[unpackEntry(group)] = group.unpackBody();
      if (group.rule.changing.length) entries[changeEntry(group)] = changeBody(group.rule);
    }
    for (const { table, name } of this.pieces) {
      for (const [what, body] of Object.entries(table.entries)) entries[`${name}_${what}`] = body;
    }
    this.program = new Program(entries, parts.functions, parts.threads);
  }

  /** Whether an entry has run in this session, in a training that is over: XLA has compiled it, if it does. */
  hasRun(name: Name): boolean {
    return this.program.hasRun(name);
  }

  run(name: Name, inputs: number[]): TensorMetadata[] {
    return this.program.run(name, inputs);
  }

  /**
   * Copies all tfjs variables into the session, large tables piece by piece: to be run to its end before the next step.
   * @param last place of the last step: what tables are up to date with.
   */
  *push(last: number): Generator<void> {
    const { backend } = this;
    const variables = [...this.parts.variables.values()];
    this.known = new Map(variables.map((variable) => [variable, variable.dataId]));
    const lent: number[] = [this.upload(PLACE, Int32Array.of(last))];
    const idsOf = (group: UpdateGroup) => {
      const plan = group.rule.variableValues().map((values, i) => this.upload(group.rule.variables[i], values));
      lent.push(...plan);
      return [...this.behind(group.parts).map((variable) => tensorId(backend, variable)), ...plan];
    };
    const plain = this.plain.map(({ variable }) => tensorId(backend, variable));
    this.program.call('push', [lent[0], ...plain, ...this.parts.groups.flatMap(idsOf)]);
    for (const id of lent) backend.binding.deleteTensor(id);
    for (const { table, name } of this.pieces) {
      for (const start of table.starts) {
        yield;
        const rows = this.behind(table.parts).map((variable) => this.rowsOf(variable, start, table.rows));
        const ids = [last, start].map((value) => this.upload(PLACE, Int32Array.of(value)));
        this.program.call(`${name}_pack`, [...ids, ...rows.map((own) => tensorId(backend, own))]);
        for (const id of ids) backend.binding.deleteTensor(id);
        tf.dispose(rows);
      }
    }
  }

  /**
   * Copies what the session changed to the tfjs variables, large tables piece by piece; the session itself stays as it is. A
   * tfjs variable that someone assigned in the meantime keeps that newer value, and the session is `outdated`. When
   * another pull begins in the meantime, it does all of it, and this one ends.
   * @param clock place of the step that follows.
   */
  *pull(clock: number): Generator<void> {
    this.pulls++;
    const mine = this.pulls;
    this.assignAll(
      this.pulled.map(({ variable }) => variable),
      this.program.run('pull', []),
    );
    for (const group of this.parts.groups) {
      const next = this.upload(PLACE, Int32Array.of(clock));
      const results = this.program.run(unpackEntry(group), [next]);
      this.backend.binding.deleteTensor(next);
      this.assignAll(this.behind(group.parts), results);
    }
    for (const { table, name } of this.pieces) {
      this.program.call(`${name}_stage`, []);
      for (const start of table.starts) {
        const ids = [clock, start].map((value) => this.upload(PLACE, Int32Array.of(value)));
        this.program.call(`${name}_unpack`, ids);
        for (const id of ids) this.backend.binding.deleteTensor(id);
        yield;
        if (mine !== this.pulls) return;
      }
      const results = this.program.run(`${name}_take`, []);
      this.program.call(`${name}_drop`, []);
      for (const [i, variable] of this.behind(table.parts).entries()) {
        this.assignAll([variable], [results[i]]);
        yield;
      }
      if (mine !== this.pulls) return;
    }
  }

  /** Until it is disposed of, whoever else reads a tfjs variable that the session changes has it brought back by `bring` first. */
  watch(bring: () => void): void {
    const changed = this.pulled.map(({ variable }) => variable);
    this.unwatch = beforeReading([...changed, ...this.behind(this.moved)], () => {
      if (!this.looking) bring();
    });
  }

  private look<T>(body: () => T): T {
    const before = this.looking;
    this.looking = true;
    try {
      return body();
    } finally {
      this.looking = before;
    }
  }

  private behind(parts: readonly SessionVariable[]): tf.Variable[] {
    return parts.map(({ name }) => this.parts.variables.get(name)!);
  }

  private assignAll(variables: readonly tf.Variable[], results: readonly TensorMetadata[]): void {
    this.look(() => {
      results.forEach((result, i) => {
        const value = this.backend.createOutputTensor(result);
        const variable = variables[i];
        if (variable && this.known.get(variable) === variable.dataId) {
          variable.assign(value);
          this.accept(variable);
        }
        value.dispose();
      });
    });
  }

  /** Some rows of a variable, which the caller disposes of: of one that lies in JavaScript only these are copied. */
  private rowsOf(variable: tf.Variable, start: number, rows: number): tf.Tensor {
    const { backend } = this;
    const { values } = backend.tensorMap.get(variable.dataId);
    const [total, ...row] = variable.shape;
    const width = variable.size / total;
    if (!(values instanceof Float32Array)) return tf.slice(variable, [start, 0], [rows, width]);
    const shape = [rows, ...row];
    const dtype = DataType.float32;
    const own = values.subarray(start * width, (start + rows) * width);
    return backend.createOutputTensor({ id: backend.binding.createTensor(shape, dtype, own), shape, dtype });
  }

  /** The session knows this variable's present value. */
  accept(variable: tf.Variable): void {
    if (this.known.has(variable)) this.known.set(variable, variable.dataId);
  }

  /** Whether someone gave a tfjs variable another value since the last push or pull. */
  get outdated(): boolean {
    return this.look(() => [...this.known].some(([variable, dataId]) => variable.dataId !== dataId));
  }

  /** Whether the session has this tfjs variable: where all weights are in tables, say, nothing reads the learning rate. */
  has(variable: tf.Variable): boolean {
    return this.plain.some((mirrored) => mirrored.variable === variable);
  }

  /** Gives one session variable a value. */
  set(variable: SessionVariable, values: Int32Array | Float32Array): void {
    const id = this.upload(variable, values);
    this.program.call(this.setters.get(variable.name)!, [id]);
    this.backend.binding.deleteTensor(id);
  }

  /** Gives the variables of the data set their values, in their order. */
  setData(values: readonly (Int32Array | Float32Array)[]): void {
    const { data } = this.parts;
    if (!data.length) return;
    const ids = values.map((own, i) => this.upload(data[i], own));
    this.program.call('data', ids);
    for (const id of ids) this.backend.binding.deleteTensor(id);
  }

  /** The group's rule planned its steps anew. */
  setRule(group: UpdateGroup): void {
    const values = group.rule.variableValues();
    group.rule.variables.forEach((variable, i) => {
      this.set(variable, values[i]);
    });
  }

  /** The group's rule changed its plan in part. */
  changeRule(group: UpdateGroup, { rows }: PlanChange): void {
    const ids = rows.flatMap(({ places, values }, i) => {
      const [, ...row] = group.rule.changing[i].shape;
      return [
        this.upload({ shape: [places.length], dtype: DataType.int32 }, places),
        this.upload({ shape: [places.length, ...row], dtype: DataType.float32 }, values),
      ];
    });
    this.program.call(changeEntry(group), ids);
    for (const id of ids) this.backend.binding.deleteTensor(id);
  }

  dispose(): void {
    this.unwatch?.();
    this.program.dispose();
  }

  /** The caller deletes the tensor. */
  private upload({ shape, dtype }: Omit<SessionVariable, 'name'>, values: Int32Array | Float32Array): number {
    return this.backend.binding.createTensor([...shape], dtype, values);
  }
}

/** All that a session takes over, in one call: each entry that runs for the first time costs about 20 ms. */
function pushBody(plain: readonly SessionVariable[], groups: readonly UpdateGroup[]): Body {
  const body = new Body();
  const last = body.argument(DataType.int32, [], 'last');
  assignArguments(body, plain);
  for (const group of groups) {
    group.emitPack(body, last);
    assignArguments(body, group.rule.variables);
  }
  return body;
}

/** Rows of a rule's plan, given as places and values, variable by variable. */
function changeBody({ changing, changedRows }: TableRule): Body {
  const body = new Body();
  const emit = new Emit(body);
  for (const variable of changing) {
    const places = body.argument(DataType.int32, [changedRows], 'places');
    const [, ...row] = variable.shape;
    emit.scatterRows(variable, places, body.argument(variable.dtype, [changedRows, ...row], 'rows'), []);
  }
  return body;
}

const unpackEntry = ({ name }: UpdateGroup): string => `unpack_${name}`;
const changeEntry = ({ name }: UpdateGroup): string => `change_${name}`;

function usedVariables({ entries, functions }: { entries: Record<string, Body>; functions: readonly GraphFunction[] }) {
  const bodies = [...Object.values(entries), ...functions.map(({ body }) => body)];
  return new Map(bodies.flatMap((body) => body.variables.map((variable) => [variable.name, variable] as const)));
}

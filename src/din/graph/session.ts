import type * as tf from '@tensorflow/tfjs';
import type { Threads } from '../backend/threads';
import { DataType } from './attributes';
import { type NodeBackend, nodeBackend, type TensorMetadata, tensorId } from './binding';
import { Body, type SessionVariable } from './ir';
import { assignArguments, assignBody, Program, readBody } from './program';
import type { GraphFunction } from './saved-model';
import type { UpdateGroup } from './tables/plan';

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

  constructor(private readonly parts: SessionParts<Name>) {
    this.backend = nodeBackend();
    const grouped = new Set(parts.groups.flatMap((group) => group.parts.map(({ name }) => name)));
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
    for (const group of parts.groups) entries[unpackEntry(group)] = group.unpackBody();
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
   * Copies all tfjs variables into the session.
   * @param last place of the last step: what tables are up to date with.
   */
  push(last: number): void {
    const { backend } = this;
    const plans: number[] = [];
    const idsOf = (group: UpdateGroup) => {
      const variables = group.parts.map(({ name }) => this.parts.variables.get(name)!);
      const plan = group.rule.variableValues().map((values, i) => this.upload(group.rule.variables[i], values));
      plans.push(...plan);
      return [...variables.map((variable) => tensorId(backend, variable)), ...plan];
    };
    const plain = this.plain.map(({ variable }) => tensorId(backend, variable));
    plans.push(backend.binding.createTensor([], DataType.int32, Int32Array.of(last)));
    const lastId = plans[0];
    this.program.call('push', [lastId, ...plain, ...this.parts.groups.flatMap(idsOf)]);
    for (const id of plans) backend.binding.deleteTensor(id);
    this.known = new Map([...this.parts.variables.values()].map((variable) => [variable, variable.dataId]));
  }

  /**
   * Copies what the session changed to the tfjs variables; the session itself stays as it is. A tfjs variable that
   * someone assigned in the meantime keeps that newer value, and the session is `outdated`.
   * @param clock place of the step that follows.
   */
  pull(clock: number): void {
    const { backend } = this;
    const assignAll = (variables: tf.Variable[], results: TensorMetadata[]) => {
      variables.forEach((variable, i) => {
        const value = backend.createOutputTensor(results[i]);
        if (this.known.get(variable) === variable.dataId) {
          variable.assign(value);
          this.accept(variable);
        }
        value.dispose();
      });
    };
    assignAll(
      this.pulled.map(({ variable }) => variable),
      this.program.run('pull', []),
    );
    for (const group of this.parts.groups) {
      const next = backend.binding.createTensor([], DataType.int32, Int32Array.of(clock));
      const results = this.program.run(unpackEntry(group), [next]);
      backend.binding.deleteTensor(next);
      assignAll(
        group.parts.map(({ name }) => this.parts.variables.get(name)!),
        results,
      );
    }
  }

  /** The session knows this variable's present value. */
  accept(variable: tf.Variable): void {
    if (this.known.has(variable)) this.known.set(variable, variable.dataId);
  }

  /** Whether someone gave a tfjs variable another value since the last push or pull. */
  get outdated(): boolean {
    for (const [variable, dataId] of this.known) if (variable.dataId !== dataId) return true;
    return false;
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

  dispose(): void {
    this.program.dispose();
  }

  /** The caller deletes the tensor. */
  private upload({ shape, dtype }: SessionVariable, values: Int32Array | Float32Array): number {
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

const unpackEntry = ({ name }: UpdateGroup): string => `unpack_${name}`;

function usedVariables({ entries, functions }: { entries: Record<string, Body>; functions: readonly GraphFunction[] }) {
  const bodies = [...Object.values(entries), ...functions.map(({ body }) => body)];
  return new Map(bodies.flatMap((body) => body.variables.map((variable) => [variable.name, variable] as const)));
}

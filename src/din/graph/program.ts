import type { Threads } from '../backend/threads';
import { bool, string, type } from './attributes';
import type { TensorMetadata } from './binding';
import { Body, dtypeOf, type Node, outputOf, type Ref, type SessionVariable } from './ir';
import { type GraphFunction, savedModel } from './saved-model';
import { closeSession, openSession, type Session, spoil, TAG } from './sessions';

/** The entry that drops the variables' values. */
const FORGET = 'forget';

interface Entry {
  inputNames: string;
  outputNames: string;
}

/**
 * A TensorFlow session with entry points, made from bodies. Each run is one synchronous call. What variables are called
 * says nothing about what is computed: they are numbered, so that the same network made again is the same graph, and
 * finds the session that an earlier program has left.
 */
export class Program<Name extends string = string> {
  private readonly session: Session;
  private readonly entries = new Map<string, Entry>();
  private disposed = false;

  /** @throws GraphRefused with TensorFlow's words when it refuses the graph. */
  constructor(entries: Record<Name, Body>, functions: readonly GraphFunction[] = [], threads: Threads = 'one') {
    const bodies = Object.entries(entries) as [string, Body][];
    const variables = numberVariables([...bodies.map(([, body]) => body), ...functions.map(({ body }) => body)]);
    if (variables.length) bodies.push([FORGET, forgetBody(variables)]);
    bodies.forEach(([name, body]) => {
      finish(body, name);
      this.entries.set(name, {
        inputNames: body.args.map((arg) => `${arg.name}:0`).join(),
        outputNames: body.results.map(({ node, index }) => `${node.name}:${index}`).join(),
      });
    });
    const model = savedModel(
      bodies.map(([, body]) => body),
      functions,
      TAG,
    );
    this.session = openSession(model, threads, variables.length === 0);
  }

  /** Whether an entry has run in this session, here or in the program that had it before: nothing is left to compile. */
  hasRun(name: Name): boolean {
    return this.session.warm.has(name);
  }

  /** Runs an entry; the caller owns the returned tensor ids. @throws Error in TensorFlow's words. */
  run(name: Name, inputs: number[]): TensorMetadata[] {
    const { id, backend, warm } = this.session;
    const entry = this.entries.get(name)!;
    try {
      const results = backend.binding.runSavedModel(id, inputs, entry.inputNames, entry.outputNames);
      warm.add(name);
      return results;
    } catch (error) {
      spoil(this.session);
      throw error;
    }
  }

  /** Runs an entry for its effects. */
  call(name: Name, inputs: number[]): void {
    for (const { id } of this.run(name, inputs)) this.session.backend.binding.deleteTensor(id);
  }

  /** Runs an entry and reads its results. */
  read(name: Name, inputs: number[]): (Float32Array | Int32Array | Uint8Array)[] {
    const { binding } = this.session.backend;
    return this.run(name, inputs).map(({ id }) => {
      const values = binding.tensorDataSync(id);
      binding.deleteTensor(id);
      return values;
    });
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    if (this.entries.has(FORGET) && !this.session.spoiled) this.call(FORGET as Name, []);
    closeSession(this.session);
  }
}

/** Names the variables of all bodies by their order. @returns one of each. */
function numberVariables(bodies: readonly Body[]): SessionVariable[] {
  const numbered = new Map<string, SessionVariable>();
  for (const node of bodies.flatMap((body) => body.nodes)) {
    const { variable } = node;
    if (!variable) continue;
    const own = numbered.get(variable.name) ?? { ...variable, name: `v${numbered.size}` };
    numbered.set(variable.name, own);
    node.attributes = { ...node.attributes, shared_name: string(own.name) };
  }
  return [...numbered.values()];
}

/** A body that frees the variables' values: until they are assigned again, reading them is an error. */
function forgetBody(variables: readonly SessionVariable[]): Body {
  const body = new Body();
  for (const variable of variables) {
    body.effect(body.add('DestroyResourceOp', [body.handle(variable)], { ignore_lookup_error: bool(true) }, []));
  }
  return body;
}

/** Results wait for the effects and get nodes of their own; names become unique across the entries. */
function finish(body: Body, name: string): void {
  body.prune();
  const wanted: Ref[] = body.results.length
    ? body.results
    : [body.constant({ dtype: 10, shape: [], bytes: Uint8Array.of(1) })];
  body.results = wanted.map((ref) => {
    const node = body.add('Identity', [ref], { T: type(dtypeOf(ref)) }, [outputOf(ref)]);
    node.after = [...body.effects];
    return { node, index: 0 };
  });
  for (const node of [...body.args, ...body.nodes]) node.name = `${name}/${node.name}`;
}

/** A body that assigns its arguments, in order, to the variables. */
export function assignBody(variables: readonly SessionVariable[]): Body {
  const body = new Body();
  assignArguments(body, variables);
  return body;
}

/** Adds arguments to a body, and assigns them, in order, to the variables. */
export function assignArguments(body: Body, variables: readonly SessionVariable[]): void {
  for (const variable of variables) {
    assign(body, variable, body.argument(variable.dtype, variable.shape, 'value'));
  }
}

/** A body that returns the variables' values. */
export function readBody(variables: readonly SessionVariable[]): Body {
  const body = new Body();
  body.results = variables.map((variable) => body.read(variable));
  return body;
}

/** `variable = value`, after what the body read of it. */
export function assign(body: Body, variable: SessionVariable, value: Ref): Node {
  const node = body.add('AssignVariableOp', [body.handle(variable), value], { dtype: type(variable.dtype) }, []);
  const read = body.readOf(variable);
  if (read) node.after.push(read);
  return body.effect(node);
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Threads, withThreads } from '../backend/threads';
import { type } from './attributes';
import { type NodeBackend, nodeBackend, type TensorMetadata } from './binding';
import { Body, dtypeOf, type Node, outputOf, type Ref, type SessionVariable } from './ir';
import { GraphRefused } from './refused';
import { type GraphFunction, savedModel } from './saved-model';

const TAG = 'serve';

interface Entry {
  inputNames: string;
  outputNames: string;
}

/**
 * A TensorFlow session with entry points, made from bodies: they are written as a SavedModel into a temporary folder,
 * loaded and the folder removed. Each run is one synchronous call.
 */
export class Program<Name extends string = string> {
  private readonly backend: NodeBackend;
  private readonly session: number;
  private readonly entries = new Map<string, Entry>();
  private disposed = false;

  /** @throws GraphRefused with TensorFlow's words when it refuses the graph. */
  constructor(entries: Record<Name, Body>, functions: readonly GraphFunction[] = [], threads: Threads = 'one') {
    this.backend = nodeBackend();
    const bodies = Object.entries(entries) as [string, Body][];
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
    this.session = withThreads(threads, () => load(this.backend, model));
  }

  /** Runs an entry; the caller owns the returned tensor ids. @throws Error in TensorFlow's words. */
  run(name: Name, inputs: number[]): TensorMetadata[] {
    const entry = this.entries.get(name)!;
    return this.backend.binding.runSavedModel(this.session, inputs, entry.inputNames, entry.outputNames);
  }

  /** Runs an entry for its effects. */
  call(name: Name, inputs: number[]): void {
    for (const { id } of this.run(name, inputs)) this.backend.binding.deleteTensor(id);
  }

  /** Runs an entry and reads its results. */
  read(name: Name, inputs: number[]): (Float32Array | Int32Array | Uint8Array)[] {
    const { binding } = this.backend;
    return this.run(name, inputs).map(({ id }) => {
      const values = binding.tensorDataSync(id);
      binding.deleteTensor(id);
      return values;
    });
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.backend.binding.deleteSavedModel(this.session);
  }
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

function load(backend: NodeBackend, bytes: Uint8Array): number {
  const folder = mkdtempSync(path.join(tmpdir(), 'dinnb-graph-'));
  try {
    writeFileSync(path.join(folder, 'saved_model.pb'), bytes);
    return backend.binding.loadSavedModel(folder, TAG);
  } catch (error) {
    throw new GraphRefused(`TensorFlow refused the graph: ${(error as Error).message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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

import { Session } from 'node:inspector';
import { brokenKernel } from '../errors/describe';
import type { Outcome, SeenError } from '../link';

interface RemoteObject {
  type: string;
  objectId?: string;
  value?: unknown;
  unserializableValue?: string;
}

interface EvaluateResponse {
  result?: RemoteObject;
  exceptionDetails?: { lineNumber: number; columnNumber: number; exception?: RemoteObject };
}

export interface Code {
  expression: string;
  /** Variables to declare before, those that are not declared yet. */
  vars: string[];
}

export interface Evaluation {
  outcome: Outcome;
  /** What was thrown. */
  thrown?: { it: unknown };
  /** A failure without a thrown value. */
  error?: SeenError;
  /** 1-based, in the evaluated code: where V8 says that it failed, if it says so. */
  position?: { line: number; column: number };
}

const OBJECTS = 'dinnb';
const MAILBOX = '__dinnb_mailbox';

/**
 * V8's own REPL on this thread. The session must belong to this thread: if the shell's evaluated, its later
 * `terminateExecution` would wait behind the evaluation.
 */
export class Evaluator {
  private readonly session = new Session();
  private readonly mailbox: { put?: (value: unknown) => void } = {};
  private readonly mailboxId: string;

  constructor() {
    this.session.connect();
    const scope = globalThis as { [MAILBOX]?: unknown };
    scope[MAILBOX] = this.mailbox;
    let id: string | undefined;
    this.session.post('Runtime.evaluate', { expression: MAILBOX }, (_error, response: EvaluateResponse) => {
      id = response?.result?.objectId;
    });
    delete scope[MAILBOX];
    if (!id) throw new Error('The inspector of this Node does not evaluate; the kernel needs it.');
    this.mailboxId = id;
  }

  /** Calls `done` once, perhaps before it returns; never if the code waits for ever. */
  evaluate({ expression, vars }: Code, done: (evaluation: Evaluation) => void): void {
    this.declare(vars);
    const options = { expression, replMode: true, awaitPromise: true, objectGroup: OBJECTS };
    this.session.post('Runtime.evaluate', options, (error: Error | null, response: EvaluateResponse) => {
      done(error ? protocolFailure(error) : this.tryEvaluation(response));
      this.session.post('Runtime.releaseObjectGroup', { objectGroup: OBJECTS });
    });
  }

  /** Names that cells have declared; V8 says one as often as cells have. */
  lexicalNames(): string[] {
    let names: string[] = [];
    this.session.post('Runtime.globalLexicalScopeNames', {}, (_error, answer: { names?: string[] } | undefined) => {
      names = answer?.names ?? [];
    });
    return [...new Set(names)];
  }

  /** Functions that give the values of variables; undefined where one has none (its declaration failed) or a getter stands. */
  readers(names: readonly string[]): (() => { it: unknown } | undefined)[] {
    const declared = new Set(this.lexicalNames());
    const lexical = names.filter((name) => declared.has(name));
    let remote: RemoteObject | undefined;
    const expression = `[${lexical.map((name) => `() => ${name}`).join(', ')}]`;
    this.session.post(
      'Runtime.evaluate',
      { expression, objectGroup: OBJECTS },
      (_error, response: EvaluateResponse) => {
        remote = response?.result;
      },
    );
    const functions = (remote?.objectId && (this.fetch(remote)?.it as (() => unknown)[])) || [];
    this.session.post('Runtime.releaseObjectGroup', { objectGroup: OBJECTS });
    const byName = new Map(lexical.map((name, index) => [name, functions[index]]));
    return names.map((name) => () => {
      const read = byName.get(name);
      if (!read) {
        const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
        return descriptor && 'value' in descriptor ? { it: descriptor.value as unknown } : undefined;
      }
      try {
        return { it: read() };
      } catch {
        return undefined; // declared, and never given a value
      }
    });
  }

  /** A `var` keeps its value when its cell runs again; one whose declaration failed (`let v = fail()`) has none to keep. */
  private declare(vars: string[]): void {
    if (vars.length === 0) return;
    const declared = new Set(this.lexicalNames());
    const missing = vars.filter((name) => !declared.has(name) || !this.hasValue(name));
    if (missing.length > 0) {
      this.session.post('Runtime.evaluate', { expression: `let ${missing.join(', ')}; void 0`, replMode: true });
    }
  }

  private hasValue(name: string): boolean {
    let answer: EvaluateResponse | undefined;
    // Not in REPL mode, which answers later.
    this.session.post('Runtime.evaluate', { expression: `void ${name}` }, (_error, response) => {
      answer = response as EvaluateResponse;
    });
    return answer?.exceptionDetails === undefined;
  }

  private tryEvaluation(response: EvaluateResponse): Evaluation {
    try {
      return this.evaluation(response);
    } catch (error) {
      return { outcome: 'failed', error: brokenKernel(error) };
    }
  }

  private evaluation({ exceptionDetails }: EvaluateResponse): Evaluation {
    if (!exceptionDetails) return { outcome: 'ok' };
    const { exception, lineNumber, columnNumber } = exceptionDetails;
    if (!exception) return { outcome: 'interrupted' }; // terminated: nothing was thrown
    const failed: Evaluation = { outcome: 'failed', thrown: this.fetch(exception) };
    // 0:0 is V8's way to say that it does not know, of what the promise of the evaluation was rejected with.
    const isKnown = lineNumber > 0 || columnNumber > 0;
    return isKnown ? { ...failed, position: { line: lineNumber + 1, column: columnNumber + 1 } } : failed;
  }

  /** The value itself behind the inspector's description of it. */
  private fetch(remote: RemoteObject): { it: unknown } | undefined {
    if (remote.type === 'string') return { it: remote.value };
    let fetched: { it: unknown } | undefined;
    this.mailbox.put = (it) => {
      fetched = { it };
    };
    this.session.post('Runtime.callFunctionOn', {
      objectId: this.mailboxId,
      functionDeclaration: 'function (value) { this.put(value); }',
      arguments: [argument(remote)],
    });
    return fetched;
  }
}

function argument({ objectId, unserializableValue, value }: RemoteObject): object {
  if (objectId !== undefined) return { objectId };
  return unserializableValue !== undefined ? { unserializableValue } : { value };
}

function protocolFailure({ message }: Error): Evaluation {
  if (/terminated/i.test(message)) return { outcome: 'interrupted' };
  const explained = `The cell could not be evaluated: ${message}`;
  return { outcome: 'failed', error: { name: 'Error', message: explained, frames: [], details: '' } };
}

import { Session } from 'node:inspector';
import { brokenKernel } from '../errors/describe';
import type { Outcome, SeenError } from '../link';
import { unpack } from './packed';

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

export interface Evaluation {
  outcome: Outcome;
  /** The value of the last expression, when there is one. */
  value?: { it: unknown };
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
  evaluate(expression: string, done: (evaluation: Evaluation) => void): void {
    const options = { expression, replMode: true, awaitPromise: true, objectGroup: OBJECTS };
    this.session.post('Runtime.evaluate', options, (error: Error | null, response: EvaluateResponse) => {
      done(error ? protocolFailure(error) : this.tryEvaluation(response));
      this.session.post('Runtime.releaseObjectGroup', { objectGroup: OBJECTS });
    });
  }

  private tryEvaluation(response: EvaluateResponse): Evaluation {
    try {
      return this.evaluation(response);
    } catch (error) {
      return { outcome: 'failed', error: brokenKernel(error) };
    }
  }

  private evaluation({ result, exceptionDetails }: EvaluateResponse): Evaluation {
    if (!exceptionDetails) {
      return result && result.type !== 'undefined' ? { outcome: 'ok', value: this.fetch(result) } : { outcome: 'ok' };
    }
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
      fetched = { it: unpack(it) };
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

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import readline, { type Interface } from 'node:readline';
import { Readable } from 'node:stream';
import { InterruptedError } from '../../din/interrupt';
import { type Given, type Questions, unanswerable } from './questions';
import { type AnyFunction, replace } from './replace';
import { INTERRUPTED_MESSAGE, type Run } from './runs';

// User code may replace the global.
const afterThisTurn = setImmediate;

/**
 * Lets `process.stdin`, and `readline` on it, ask the user a line at a time. Nobody is asked before somebody wants to know:
 * a `readline` that is open between two questions reads, but has nobody to tell.
 */
export function provideStdin(questions: Questions): void {
  const renew = () => {
    const stdin = new Stdin(questions);
    Object.defineProperty(process, 'stdin', { value: stdin, configurable: true, enumerable: true, writable: true });
    // One that has ended is no use to the next cell.
    stdin.once('close', () => {
      if (process.stdin === (stdin as unknown)) renew();
    });
    syncBuiltinESMExports();
  };
  for (const holder of [readline, readline.promises]) followInterfaces(holder);
  renew();
}

/** Lets `readFileSync(0)`, and of `/dev/stdin`, which read until the input ends, ask the same user: the process' own input is nobody's. */
export function provideWholeStdin(questions: Questions): void {
  replace(
    fs,
    'readFileSync',
    (original) =>
      function (...args) {
        const [file, options] = args;
        if (file !== 0 && file !== '/dev/stdin') return original.apply(this, args);
        const encoding = typeof options === 'string' ? options : (options as { encoding?: string } | null)?.encoding;
        const bytes = Buffer.from(questions.rest());
        return encoding && encoding !== 'buffer' ? bytes.toString(encoding as BufferEncoding) : bytes;
      },
  );
  syncBuiltinESMExports();
}

function followInterfaces(holder: object): void {
  const functions = holder as { createInterface: AnyFunction };
  const original = functions.createInterface;
  functions.createInterface = function (...args) {
    const made = original.apply(this, args) as Interface & { input?: unknown };
    if (made.input instanceof Stdin) made.input.follow(made);
    return made;
  };
}

/** A question of a `readline` that has no answer yet. */
interface Pending {
  query: string;
  run: Run;
  hasCallback: boolean;
  /** Where it was asked. */
  at: Error;
  /** Ends the wait of whoever asked. */
  fail(error: Error): void;
}

class Stdin extends Readable {
  readonly fd = 0;
  /** Whether the stream wants a line; it asks once, and then waits for it. */
  private isReading = false;
  private takeBack: (() => void) | undefined;
  private hasRead = false;
  private readonly interfaces = new Set<Interface>();
  private readonly pending = new Map<Interface, Pending>();

  constructor(private readonly questions: Questions) {
    // Not a line more than somebody has asked for.
    super({ highWaterMark: 1 });
    for (const event of ['pause', 'resume']) this.on(event, () => this.consider());
    for (const event of ['newListener', 'removeListener']) this.on(event, () => this.consider());
  }

  /** As of a socket or a terminal, which may keep a process running; the kernel runs on anyway. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    this.isReading = true;
    this.consider();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.takeBack?.();
    this.takeBack = undefined;
    callback(error);
  }

  follow(made: Interface): void {
    this.interfaces.add(made);
    for (const event of ['newListener', 'removeListener']) made.on(event, () => this.consider());
    made.once('close', () => {
      this.interfaces.delete(made);
      const open = this.pending.get(made);
      this.pending.delete(made);
      // Who asked with a callback and listens to the end knows what to do then.
      const isHandled = open?.hasCallback && made.listenerCount('close') > 0;
      const unanswered = `The question "${open?.query.trim()}" has no answer: the input was closed.`;
      if (open && !isHandled) open.fail(withStackOf(open.at, unanswered));
      this.consider();
    });
    replace(
      made,
      'question',
      (question) =>
        (...args) =>
          this.question(made, question, args),
    );
  }

  /** `question` of a `readline`, told apart by what it returns: with a callback, nobody else learns that no answer comes. */
  private question(made: Interface, question: AnyFunction, args: unknown[]): unknown {
    const answered = () => {
      if (this.pending.get(made) === open) this.pending.delete(made);
      this.consider();
    };
    const callback = args.at(-1);
    const given =
      typeof callback === 'function'
        ? [
            ...args.slice(0, -1),
            (...answer: unknown[]) => {
              answered();
              (callback as AnyFunction).apply(made, answer);
            },
          ]
        : args;
    const { run } = this.questions;
    const open: Pending = {
      query: String(args[0]),
      hasCallback: typeof callback === 'function',
      run,
      at: new Error(),
      fail: (error) => this.questions.fail(run, error),
    };
    const result = question.apply(made, given);
    if (!this.interfaces.has(made)) return result;
    this.pending.set(made, open);
    (args[1] as { signal?: AbortSignal } | undefined)?.signal?.addEventListener('abort', answered, { once: true });
    this.consider();
    if (!(result instanceof Promise)) return result;
    const closed = new Promise<never>((_resolve, reject) => {
      open.fail = reject;
    });
    return Promise.race([result.finally(answered), closed]);
  }

  /** Later, when the question has been printed, or whoever has read has closed. */
  private consider(): void {
    afterThisTurn(() => {
      if (this.isReading && this.isWanted())
        this.takeBack ??= this.questions.askLater((answer) => this.receive(answer));
      else if (this.takeBack) {
        this.takeBack();
        this.takeBack = undefined;
      }
    });
  }

  private isWanted(): boolean {
    if (this.destroyed || !(this.readableFlowing || this.listenerCount('readable') > 0)) return false;
    if (this.interfaces.size === 0) return true;
    return [...this.interfaces].some((made) => this.pending.has(made) || made.listenerCount('line') > 0);
  }

  private receive(answer: Given): void {
    this.takeBack = undefined;
    if (this.destroyed) return;
    this.isReading = false;
    if (answer !== 'interrupted' && answer.text !== null) {
      this.hasRead = true;
      this.push(`${answer.text}\n`);
      return;
    }
    this.refuse(answer);
    this.push(null);
  }

  /** No line comes, and nobody who waits for one waits on. That nobody can answer is an error; that what was piped in ends is not. */
  private refuse(answer: Given): void {
    if (answer === 'interrupted') {
      for (const open of this.pending.values()) open.fail(new InterruptedError(INTERRUPTED_MESSAGE));
      this.pending.clear();
      return;
    }
    const reason = 'reason' in answer ? answer.reason : undefined;
    if (reason === undefined) return;
    for (const { query, at, fail } of this.pending.values()) fail(withStackOf(at, unanswerable(query.trim(), reason)));
    if (this.pending.size === 0 && !this.hasRead) {
      this.questions.fail(this.questions.run, new Error(unanswerable('', reason)));
    }
    this.pending.clear();
  }
}

/** An error that happened where another was made. */
function withStackOf(at: Error, message: string): Error {
  const error = new Error(message);
  error.stack = `Error: ${message}\n${(at.stack ?? '').split('\n').slice(1).join('\n')}`;
  return error;
}

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { InterruptedError } from '../../din/interrupt';
import { describeError, isInterrupt } from '../errors/describe';
import { type GivenAnswer, SHARED } from '../link';
import type { Outbox } from './outbox';
import { INTERRUPTED_MESSAGE, type Run, type Runs } from './runs';

export type Given = GivenAnswer['answer'];

// User code may replace the global.
const afterThisTurn = setImmediate;

/** Lines of text that cells ask the user for. */
export class Questions {
  private nextId = 1;
  private readonly waiting = new Map<number, (answer: Given) => void>();

  constructor(
    private readonly port: MessagePort,
    private readonly shared: Int32Array,
    private readonly runs: Runs,
    private readonly outbox: Outbox,
  ) {
    port.on('message', (given: GivenAnswer) => this.settle(given));
  }

  /**
   * `prompt` as in browsers and Deno: the cell waits, and with it everything on the main thread. Null when the user does not
   * want to answer.
   *
   * @throws Error at once when nobody can answer
   */
  readonly prompt = (message: unknown = '', value?: unknown): string | null => {
    const question = String(message).trim();
    const standard = value === undefined || value === null ? undefined : String(value);
    const shown = [question, ...(standard === undefined ? [] : [`[${standard}]`])].filter(Boolean).join(' ');
    if (shown !== '') process.stdout.write(`${shown} `);
    const answer = this.askNow(question, standard);
    if (answer.text === null && answer.reason !== undefined) throw new Error(unanswerable(question, answer.reason));
    return answer.text;
  };

  /** Asks for lines until no more come: all that is piped in, or typed until the end of input. */
  readonly rest = (): string => {
    let text = '';
    for (;;) {
      const answer = this.askNow(text === '' ? this.run.lastLine.trim() : '');
      if (answer.text === null) {
        if (answer.reason !== undefined && text === '') throw new Error(unanswerable('', answer.reason));
        return text;
      }
      text += `${answer.text}\n`;
    }
  };

  /** Asks for a line; everything on this thread waits for it. */
  private askNow(question: string, standard?: string): Exclude<Given, 'interrupted'> {
    const { run } = this;
    let answer: Given | undefined;
    this.ask(run, question, standard, (given) => {
      answer = given;
    });
    while (answer === undefined) {
      const seen = Atomics.load(this.shared, SHARED.answered);
      const given = receiveMessageOnPort(this.port) as { message: GivenAnswer } | undefined;
      if (given) this.settle(given.message);
      else Atomics.wait(this.shared, SHARED.answered, seen);
    }
    if (answer === 'interrupted') throw new InterruptedError(INTERRUPTED_MESSAGE);
    return answer;
  }

  /** Asks for a line without waiting; the question is what the cell printed last. What is returned takes it back. */
  askLater(answered: (answer: Given) => void): () => void {
    const { run } = this;
    // Later also where another question that blocks this thread comes by the answer.
    const later = (answer: Given) => afterThisTurn(() => this.runs.enter(run, () => answered(answer)));
    const id = this.ask(run, run.lastLine.trim(), undefined, later);
    return () => {
      if (this.waiting.delete(id)) this.outbox.post({ type: 'withdraw', id });
    };
  }

  /** Ends the cell with an error although its promise is unsettled: it waits for an answer that cannot come. */
  fail(run: Run, error: Error): void {
    if (run.ended) return;
    this.runs.cancel(run.id);
    const outcome = isInterrupt(error) ? 'interrupted' : 'failed';
    this.outbox.post({ type: 'done', run: run.id, outcome, error: describeError(error) });
  }

  private ask(run: Run, question: string, value: string | undefined, answered: (answer: Given) => void): number {
    const id = this.nextId++;
    this.waiting.set(id, (answer) => {
      run.lastLine = '';
      answered(answer);
    });
    this.outbox.post({ type: 'ask', id, run: run.id, question, ...(value === undefined ? {} : { value }) });
    return id;
  }

  get run(): Run {
    const run = this.runs.active;
    if (!run) throw new Error('Only cells can ask.');
    return run;
  }

  private settle({ id, answer }: GivenAnswer): void {
    const answered = this.waiting.get(id);
    this.waiting.delete(id);
    answered?.(answer);
  }
}

/** What a cell is told whose question nobody can answer. */
export function unanswerable(question: string, reason: string): string {
  return `Nobody can answer${question === '' ? '' : ` "${question}"`}: ${reason}`;
}

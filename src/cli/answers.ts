import { ASK_BEFORE } from '../host/session';
import type { Answer, AskParams } from '../protocol/messages';

/** How long a pipe may take to bring its first line: one that is left open by whoever started the command never does. */
const FIRST_LINE_MS = 3000;

/** Standard input, as far as answers need it. */
export interface Input {
  readonly isTTY?: boolean;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'end' | 'error', listener: () => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

interface Waiting {
  settle(answer: Answer): void;
  value: string | undefined;
}

/** Answers the questions of cells with lines of standard input: a terminal's as they are typed, and those that are piped in. */
export class Answers {
  private readonly waiting: Waiting[] = [];
  private readonly lines: string[] = [];
  private readonly decoder = new TextDecoder();
  private rest = '';
  private isListening = false;
  private hasEnded = false;
  private hasRead = false;

  /** @param show told what the terminal does not show by itself: answers that were not typed */
  constructor(
    private readonly input: Input,
    private readonly show: (text: string) => void,
    private readonly patienceMs = FIRST_LINE_MS,
  ) {}

  readonly ask = async ({ value }: AskParams, withdrawn: AbortSignal): Promise<Answer> => {
    if (withdrawn.aborted) return { text: null };
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Answer>((resolve) => {
        const waiting: Waiting = { settle: resolve, value };
        this.waiting.push(waiting);
        withdrawn.addEventListener('abort', () => this.drop(waiting, { text: null }), { once: true });
        if (!this.input.isTTY && !this.hasRead) {
          const nothing = `standard input is no terminal, and brought no line within ${this.patienceMs / 1000} s.`;
          timer = setTimeout(() => this.drop(waiting, refusal(nothing)), this.patienceMs);
        }
        this.listen();
        this.serve();
      });
    } finally {
      clearTimeout(timer);
    }
  };

  private listen(): void {
    if (!this.isListening) {
      this.isListening = true;
      this.input.on('data', (chunk) => this.take(this.decoder.decode(chunk, { stream: true })));
      for (const event of ['end', 'error'] as const) this.input.on(event, () => this.end());
    }
    this.input.resume();
  }

  private take(text: string): void {
    this.hasRead = true;
    const lines = (this.rest + text).split(/\r?\n/);
    this.rest = lines.pop()!;
    this.lines.push(...lines);
    this.serve();
  }

  private end(): void {
    this.hasEnded = true;
    if (this.rest !== '') this.lines.push(this.rest);
    this.rest = '';
    this.serve();
  }

  private serve(): void {
    for (const waiting of [...this.waiting]) {
      const line = this.lines.shift();
      if (line === undefined && !this.hasEnded) return;
      this.drop(waiting, line === undefined ? this.nothingLeft() : this.answer(line, waiting));
    }
  }

  private answer(line: string, { value }: Waiting): Answer {
    const text = line === '' && value !== undefined ? value : line;
    if (!this.input.isTTY) this.show(`${text}\n`);
    return { text };
  }

  /** Who ends a terminal's input does not want to answer; in a pipe there is nobody who could. */
  private nothingLeft(): Answer {
    if (this.input.isTTY) return { text: null };
    return refusal(
      this.hasRead ? 'standard input has no more lines.' : 'standard input is no terminal, and nothing was piped in.',
    );
  }

  private drop(waiting: Waiting, answer: Answer): void {
    const index = this.waiting.indexOf(waiting);
    if (index < 0) return;
    this.waiting.splice(index, 1);
    // What is typed when nobody asks is for whoever reads the terminal next.
    if (this.waiting.length === 0) this.input.pause();
    waiting.settle(answer);
  }
}

function refusal(what: string): Answer {
  return { text: null, reason: `${what} ${ASK_BEFORE} Or pipe the answers in, a line each.` };
}

import type { MessagePort } from 'node:worker_threads';
import { CancellationTokenSource, type MessageConnection } from 'vscode-jsonrpc/node';
import { type Answer, type AskParams, METHOD } from '../../protocol/messages';
import { type GivenAnswer, SHARED, type ToShell } from '../link';
import type { Outputs } from './outputs';

type Asked = Extract<ToShell, { type: 'ask' }>;

/** Takes the questions of cells to the host, and answers to the main thread, which may be blocked by whoever asks. */
export class Questions {
  private readonly open = new Map<number, CancellationTokenSource>();

  constructor(
    private readonly connection: MessageConnection,
    private readonly outputs: Outputs,
    private readonly answersPort: MessagePort,
    private readonly shared: Int32Array,
  ) {}

  /** Always answers. */
  async ask({ id, question, value }: Asked, cellId: string | undefined): Promise<void> {
    if (cellId === undefined) return this.answer(id, { text: null, reason: 'it was not asked by a cell' });
    const source = new CancellationTokenSource();
    this.open.set(id, source);
    // What the cell has printed stands above the question.
    await this.outputs.flush();
    const params: AskParams = { cellId, question, ...(value === undefined ? {} : { value }) };
    const answer = await this.connection
      .sendRequest<Answer>(METHOD.ask, params, source.token)
      .catch((error: Error): Answer => ({ text: null, reason: error.message }));
    if (this.open.delete(id)) this.answer(id, answer);
  }

  /** Nobody waits for this answer any more. */
  withdraw(id: number): void {
    const source = this.open.get(id);
    this.open.delete(id);
    source?.cancel();
  }

  /** Whoever waits for an answer is told that none will come. */
  interrupt(): void {
    for (const id of [...this.open.keys()]) {
      this.withdraw(id);
      this.answer(id, 'interrupted');
    }
  }

  private answer(id: number, answer: GivenAnswer['answer']): void {
    this.answersPort.postMessage({ id, answer } satisfies GivenAnswer);
    Atomics.add(this.shared, SHARED.answered, 1);
    Atomics.notify(this.shared, SHARED.answered);
  }
}

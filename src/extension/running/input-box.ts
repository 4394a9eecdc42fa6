import type { Answer, AskParams } from '../../protocol/messages';
import type { VS } from '../vs';

/** Asks the user what cells ask. The editor shows one box: those who ask meanwhile, of whichever notebook, wait. */
export class InputBox {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly vs: VS) {}

  /** @param notebook its name: there may be several that ask */
  async ask(notebook: string, question: AskParams, withdrawn: AbortSignal): Promise<Answer> {
    const answer = this.last.then(() => this.show(notebook, question, withdrawn));
    this.last = answer.catch(() => {});
    return answer;
  }

  private async show(notebook: string, { question, value }: AskParams, withdrawn: AbortSignal): Promise<Answer> {
    if (withdrawn.aborted) return { text: null };
    const source = new this.vs.CancellationTokenSource();
    const close = () => source.cancel();
    withdrawn.addEventListener('abort', close);
    try {
      const text = await this.vs.window.showInputBox(
        {
          title: this.vs.l10n.t('A cell of {0} asks', notebook),
          prompt: question || this.vs.l10n.t('The cell reads a line of input.'),
          ...(value === undefined ? {} : { value }),
          // Looking something up in the notebook is no answer.
          ignoreFocusOut: true,
        },
        source.token,
      );
      return { text: text ?? null };
    } finally {
      withdrawn.removeEventListener('abort', close);
      source.dispose();
    }
  }
}

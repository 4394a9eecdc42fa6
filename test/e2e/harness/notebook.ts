import type { Frame, Locator, Page } from 'playwright-core';
import { isAlive } from '../../../src/base/processes';
import { eventually } from './eventually';
import type { Workbench } from './workbench';

/** A row of the list of cells, in the page. */
interface DrawnRow {
  dataset: { index: string };
  getBoundingClientRect(): { toJSON(): { top: number; bottom: number } };
}

export type CellState = 'idle' | 'pending' | 'running' | 'succeeded' | 'failed';

const ICONS: [icon: string, state: CellState][] = [
  ['codicon-notebook-state-success', 'succeeded'],
  ['codicon-notebook-state-error', 'failed'],
  ['codicon-notebook-state-executing', 'running'],
  ['codicon-notebook-state-pending', 'pending'],
];

/** Milliseconds that a cell may train. */
const TRAINING = 6 * 60_000;

/** The notebook in front. Cells are named by their place in the notebook, from 0, text cells included. */
export class NotebookEditor {
  constructor(
    private readonly page: Page,
    private readonly workbench: Workbench,
  ) {}

  private get editor(): Locator {
    return this.page.locator('.notebookOverlay:visible');
  }

  /** Waits until cells are drawn and a kernel is chosen, so that running will not ask for one. */
  async ready(): Promise<void> {
    // Text cells are drawn elsewhere: their rows are there and never visible.
    await this.list.locator('.monaco-list-row').first().waitFor({ state: 'attached', timeout: 180_000 });
    await this.editor.locator('.kernel-label', { hasText: /./ }).first().waitFor({ timeout: 180_000 });
  }

  private get list(): Locator {
    return this.editor.locator('.cell-list-container');
  }

  /** A cell's row. The list holds only rows near the screen: see `reveal`. */
  cell(index: number): Locator {
    return this.list.locator(`.monaco-list-row[data-index="${index}"]`);
  }

  /** Scrolls until a cell is on the screen, as with the wheel: the list holds rows beyond it too, whose editors are not drawn. */
  async reveal(index: number): Promise<Locator> {
    const row = this.cell(index);
    await eventually(async () => {
      const list = await this.list.boundingBox();
      if (!list) throw new Error('The notebook has gone.');
      const places = await this.list.locator('.monaco-list-row').evaluateAll((rows) =>
        (rows as unknown as DrawnRow[]).map((drawn) => ({
          ...drawn.dataset,
          ...drawn.getBoundingClientRect().toJSON(),
        })),
      );
      const wheel = wheelTo(index, places, list);
      if (wheel === 0) return;
      await this.page.mouse.move(list.x + 10, list.y + list.height / 2);
      await this.page.mouse.wheel(0, wheel);
      throw new Error(`Cell ${index} is not drawn; drawn are ${places.map((drawn) => drawn.index).join(', ')}.`);
    });
    return row;
  }

  /** Goes to the last cell, as a person does with the keyboard. */
  async toLastCell(): Promise<void> {
    await this.list.locator('.monaco-list').first().focus();
    await this.page.keyboard.press('Control+End');
  }

  async state(index: number): Promise<CellState> {
    const icons = (await this.reveal(index)).locator('.cell-statusbar-container .codicon');
    const drawn = await icons.evaluateAll((all) =>
      (all as unknown as { className: string }[]).map((one) => one.className),
    );
    return ICONS.find(([icon]) => drawn.some((classes) => classes.includes(icon)))?.[1] ?? 'idle';
  }

  // A notebook that has just been opened may scroll back: what is waited for is looked for anew each time.

  /** Waits until a cell is in a state. */
  async waitForState(index: number, state: CellState, timeout?: number): Promise<void> {
    await eventually(async () => {
      const now = await this.state(index);
      if (now !== state) throw new Error(`Cell ${index} is not ${state}: ${now}.`);
    }, timeout);
  }

  /** Waits until a cell has run, with or without success. */
  async waitForEnd(index: number, timeout = TRAINING): Promise<CellState> {
    return eventually(async () => {
      const now = await this.state(index);
      if (now !== 'succeeded' && now !== 'failed') throw new Error(`Cell ${index} has not ended: ${now}.`);
      return now;
    }, timeout);
  }

  /** The number between the brackets left of a cell. */
  async executionCount(index: number): Promise<string> {
    return eventually(async () => {
      const label = (await this.reveal(index)).locator('.execution-count-label');
      return (await label.textContent({ timeout: 10_000 }))?.trim() ?? '';
    });
  }

  /** How long a cell says it took, such as `0.1s`; empty while it says nothing. */
  async duration(index: number): Promise<string> {
    const items = (await this.reveal(index)).locator('.cell-statusbar-container .cell-status-item');
    return (
      (await items.allInnerTexts()).map((text) => text.trim()).find((text) => /^[\d.]+m?s|^\d+m /.test(text)) ?? ''
    );
  }

  async runAll(): Promise<void> {
    await this.workbench.command('Notebook: Run All');
  }

  /** Writes in a cell: what is pressed next is for it. */
  async focus(index: number): Promise<void> {
    const focused = this.cell(index).locator('.monaco-editor.focused');
    // Again: a cell that has just been made or deleted, or a message that closes, may take the focus a moment after the click.
    await eventually(async () => {
      // Not for long: an editor that has just opened may scroll back, and the cell is not drawn any more.
      await (await this.reveal(index)).locator('.monaco-editor .view-lines').click({ timeout: 10_000 });
      await focused.waitFor({ timeout: 10_000 });
    });
  }

  /** Presses a key that is a command while a cell is selected and not written in. The editor learns late that an output has the focus no more. */
  async command(index: number, key: string): Promise<void> {
    await this.focus(index);
    await this.page.keyboard.press('Escape');
    await this.selected(index);
    await this.page.keyboard.press(key);
  }

  /** Waits until a cell is selected and not written in. */
  async selected(index: number): Promise<void> {
    await this.list.locator('.monaco-editor.focused').waitFor({ state: 'detached' });
    await this.list
      .locator(`.monaco-list:focus .monaco-list-row.focused[data-index="${index}"]`)
      .waitFor({ state: 'attached' });
  }

  /** Deletes a running cell with the button of its toolbar, and says yes when the editor asks. */
  async deleteRunning(index: number): Promise<void> {
    const row = await this.reveal(index);
    await row.hover();
    await row.locator('.cell-title-toolbar .codicon-notebook-delete-cell').click();
    await this.workbench.dialog.getByRole('button', { name: 'Delete' }).click();
    await this.workbench.dialog.waitFor({ state: 'hidden' });
  }

  /** Runs one cell with the keyboard, as people do. */
  async run(index: number): Promise<void> {
    await this.focus(index);
    await this.page.keyboard.press('Control+Enter');
  }

  /** Restarts the kernel, and waits until the process that it ran in is gone: the command is taken long after it is chosen. */
  async restartKernel(pid: number): Promise<void> {
    await this.workbench.command('dinnb: Restart Kernel');
    await this.workbench.dialog.getByRole('button', { name: 'Restart', exact: true }).click();
    await waitForDeath(pid);
  }

  /** What the outputs show once they show it: the first match of a pattern. */
  async read(pattern: RegExp): Promise<string> {
    return eventually(async () => {
      const [found] = pattern.exec(await this.outputText()) ?? [];
      if (found === undefined) throw new Error(`No output shows ${pattern}.`);
      return found;
    });
  }

  /**
   * Runs one cell and waits for its end. Told from an earlier end by the execution count, so a cell that ran as the same
   * number before a restart needs `waitForEnd` after something that shows the restart.
   */
  async runToEnd(index: number, timeout = TRAINING): Promise<CellState> {
    const before = await this.executionCount(index);
    await this.run(index);
    await eventually(async () => {
      const now = await this.executionCount(index);
      if (now === before || !/\d/.test(now)) throw new Error(`Cell ${index} has not ended: ${now}`);
    }, timeout);
    return this.waitForEnd(index, timeout);
  }

  /** Replaces a cell's source. */
  async type(index: number, source: string): Promise<void> {
    await eventually(async () => {
      await this.focus(index);
      await this.page.keyboard.press('Control+A');
      // What closes just now may have taken the focus, and the key: then nothing is selected.
      const written = (await this.text(index)).trim();
      if (written) await this.cell(index).locator('.selected-text').first().waitFor({ timeout: 5_000 });
    });
    await this.page.keyboard.insertText(source);
    // A bracket or quote that the editor has closed of its own.
    await this.page.keyboard.press('Control+Shift+End');
    await this.page.keyboard.press('Delete');
  }

  /** A cell's source as it is drawn. */
  async text(index: number): Promise<string> {
    const lines = (await this.reveal(index)).locator('.monaco-editor .view-line');
    return (await lines.allInnerTexts()).map((line) => line.replaceAll('\u00a0', ' ')).join('\n');
  }

  /** Points at a word of a cell. */
  async hover(index: number, word: string): Promise<void> {
    const row = await this.reveal(index);
    await row.locator('.view-line span span', { hasText: word }).first().hover();
  }

  async interrupt(): Promise<void> {
    await this.workbench.command('Notebook: Interrupt');
  }

  /** Stops a running cell with its button: the palette would close what asks for input. */
  async stop(index: number): Promise<void> {
    const row = await this.reveal(index);
    await row.hover();
    await row.locator('.run-button-container .codicon-notebook-stop').click();
  }

  /** The frame that all outputs of the notebook are drawn in. */
  async outputFrame(): Promise<Frame> {
    return eventually(async () => {
      for (const frame of this.page.frames()) {
        // A frame that is just going away has none.
        if (await holdsOutputs(frame).catch(() => false)) return frame;
      }
      throw new Error('The notebook shows no output.');
    });
  }

  /** An output's place on the page, found by what it shows. */
  async output(selector: string): Promise<Locator> {
    return (await this.outputFrame()).locator(selector);
  }

  /** Everything that the outputs show, as text. */
  async outputText(): Promise<string> {
    // As a reader sees it, line breaks included.
    return (await (await this.outputFrame()).locator('#container').allInnerTexts()).join('\n');
  }

  /** Waits until the outputs show a text. */
  async waitForText(text: string | RegExp, timeout?: number): Promise<void> {
    await eventually(async () => {
      const shown: string[] = [];
      // In all frames: two open notebooks have one each, and nothing in them tells which is in front.
      for (const frame of this.page.frames()) {
        const outputs = frame.locator('.output_container');
        const found = outputs.filter({ hasText: text }).first();
        if (await found.isVisible().catch(() => false)) return;
        shown.push(...(await outputs.allInnerTexts().catch(() => [])));
      }
      throw new Error(`No output shows ${text}, but ${JSON.stringify(shown)}.`);
    }, timeout);
  }
}

/** Waits until a process has ended. */
export async function waitForDeath(pid: number): Promise<void> {
  await eventually(() => {
    if (isAlive(pid)) throw new Error(`Process ${pid} still runs.`);
  });
}

/** How far the wheel has to go for a cell to be on the screen: 0 when it is. */
function wheelTo(
  index: number,
  drawn: { index: string; top: number; bottom: number }[],
  list: { y: number; height: number },
): number {
  const place = drawn.find((row) => Number(row.index) === index);
  if (!place) return index < Math.min(...drawn.map((row) => Number(row.index))) ? -500 : 500;
  const below = place.top - (list.y + list.height) + 60;
  const above = list.y - place.bottom + 20;
  return below > 0 ? below : above > 0 ? -above : 0;
}

/** Whether a frame is the one that a notebook on the screen draws its outputs in: hidden notebooks keep theirs. */
async function holdsOutputs(frame: Frame): Promise<boolean> {
  if ((await frame.locator('#container .output_container').count()) === 0) return false;
  const webview = frame.parentFrame();
  return webview !== null && (await (await webview.frameElement()).isVisible());
}

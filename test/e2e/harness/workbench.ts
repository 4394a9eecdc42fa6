import type { Locator, Page } from 'playwright-core';
import { eventually } from './eventually';

/** VS Code's window, used as a person uses it: keyboard, command palette, what is on the screen. */
export class Workbench {
  constructor(private readonly page: Page) {}

  /** Waits until the window is drawn: the status bar is filled and there is a place for editors, empty or not. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .statusbar-item').first().waitFor({ timeout: 180_000 });
    await this.page.locator('.editor-group-container').first().waitFor({ timeout: 180_000 });
  }

  private get palette(): Locator {
    return this.page.locator('.quick-input-widget');
  }

  private get rows(): Locator {
    return this.palette.locator('.monaco-list-row');
  }

  /** The palette's entry with exactly this label. */
  private row(label: string): Locator {
    const whole = new RegExp(`^${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
    return this.rows.filter({ has: this.page.locator('.label-name', { hasText: whole }) }).first();
  }

  private async type(text: string, timeout?: number): Promise<void> {
    const input = this.palette.locator('input[type=text]');
    await input.waitFor({ timeout });
    await input.fill(text);
  }

  /** Takes a command by the name that the palette shows, and leaves what it then asks to the caller. */
  async start(name: string): Promise<void> {
    // Asked again and again: commands come and go with what the window has already noticed.
    await eventually(async () => {
      // An open palette would keep showing what it knew when it opened.
      await this.page.keyboard.press('Escape');
      await this.page.keyboard.press('F1');
      // Out of an output, Escape may take the key with it: then nothing opens.
      await this.type(`>${name}`, 10_000);
      await this.row(name).waitFor({ timeout: 10_000 });
    }, 180_000);
    // Once: a click that takes long on a busy machine has been a click all the same.
    await this.row(name).click({ timeout: 120_000 });
  }

  /** Runs a command that asks nothing. */
  async command(name: string): Promise<void> {
    await this.start(name);
    await this.palette.waitFor({ state: 'hidden' });
  }

  /** Takes an entry of the list that a command shows. */
  async pick(label: string): Promise<void> {
    await this.choose(label);
    await this.palette.waitFor({ state: 'hidden' });
  }

  /** The same where another question follows in the same place. */
  async choose(label: string): Promise<void> {
    await this.row(label).click();
  }

  /** Answers a file dialog with the place that it proposes. */
  async acceptFile(title: string): Promise<void> {
    await this.palette.getByText(title).waitFor();
    await this.palette.getByRole('button', { name: 'OK' }).click();
    await this.palette.waitFor({ state: 'hidden' });
  }

  /** Opens a file by its whole path: the search for names may not know yet what has just been written. */
  async openFile(file: string): Promise<void> {
    await eventually(async () => {
      // What an earlier try has left.
      await this.page.keyboard.press('Escape');
      await this.page.keyboard.press('Control+O');
      await this.palette.getByRole('button', { name: 'OK' }).waitFor({ timeout: 10_000 });
      await this.type(file, 10_000);
      await this.palette.getByRole('button', { name: 'OK' }).click({ timeout: 10_000 });
      await this.palette.waitFor({ state: 'hidden', timeout: 10_000 });
    }, 180_000);
  }

  /** Renames a file or folder in the explorer, as with F2. What is in front is shown there. */
  async rename(from: string, to: string): Promise<void> {
    const explorer = this.page.locator('.explorer-folders-view');
    const name = explorer.locator('input');
    await eventually(async () => {
      // What is said of the name that was pointed at last may lie over this one.
      await this.page.mouse.move(0, 0);
      await this.page.keyboard.press('Control+Shift+E');
      await explorer.getByText(from, { exact: true }).click({ timeout: 10_000 });
      await explorer
        .locator('.monaco-list:focus .monaco-list-row.focused', { hasText: from })
        .waitFor({ timeout: 10_000 });
      await this.page.keyboard.press('F2');
      await name.waitFor({ timeout: 10_000 });
    }, 180_000);
    await name.fill(to);
    await name.press('Enter');
  }

  /** Whether what is in front has unsaved changes; the tab tells it a moment late. */
  get unsaved(): Locator {
    return this.page.locator('.tab.active.dirty');
  }

  /** Saves the changes of what is in front and waits until they are saved. */
  async save(): Promise<void> {
    await this.unsaved.waitFor();
    await eventually(async () => {
      await this.page.keyboard.press('Control+S');
      await this.unsaved.waitFor({ state: 'detached', timeout: 30_000 });
    }, 180_000);
  }

  /** The tab in front, when it is that of a file. */
  tab(name: string): Locator {
    return this.page.locator(`.tab.active[data-resource-name="${name}"]`);
  }

  /** Closes all editors, without saving where VS Code asks: a cell that runs may have changed its notebook meanwhile. */
  async closeWithoutSaving(): Promise<void> {
    const tabs = this.page.locator('.tabs-container .tab');
    if ((await tabs.count()) === 0) return;
    await this.command('View: Close All Editors');
    await eventually(async () => {
      if (await this.dialog.isVisible()) await this.dialog.getByRole('button', { name: "Don't Save" }).click();
      if ((await tabs.count()) > 0) throw new Error('An editor is still open.');
    });
  }

  /** Message boxes that block the window. */
  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** A message at the lower right: the newest that holds a text. The editor's own messages may quote ours, sooner or later. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item', { hasText: text }).first();
  }

  /** Takes a button of a message that has come; one that VS Code has taken away after some seconds is behind the bell. */
  async answer(text: string | RegExp, button: string): Promise<void> {
    const buttons = this.page.getByRole('button', { name: button, exact: true });
    const message = this.page.locator('.notification-list-item:visible', { hasText: text }).filter({ has: buttons });
    await eventually(async () => {
      if ((await message.count()) === 0) await this.command('Notifications: Show Notifications');
      await message.first().getByRole('button', { name: button, exact: true }).click({ timeout: 10_000 });
    }, 180_000);
  }

  /** An item of the status bar. */
  statusItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item', { hasText: text });
  }

  /** Chooses a colour theme, and waits until the window wears it: `vs`, `vs-dark`, `hc-black` or `hc-light`. */
  async theme(name: string, kind: string): Promise<void> {
    await this.start('Preferences: Color Theme');
    await this.row('Dark Modern').waitFor();
    await this.type(name);
    await this.pick(name);
    await this.page.locator(`.monaco-workbench.${kind}`).waitFor();
  }
}

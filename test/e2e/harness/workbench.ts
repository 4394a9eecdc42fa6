import type { Locator, Page } from 'playwright-core';

/** VS Code's window, used as a person uses it: keyboard, command palette, what is on the screen. */
export class Workbench {
  constructor(private readonly page: Page) {}

  /** Waits until the window is drawn and its extension host answers: the status bar and the explorer are filled. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .statusbar-item').first().waitFor({ timeout: 60_000 });
    await this.page.locator('.editor-instance, .editor-group-watermark, .notebook-editor').first().waitFor();
  }

  private get palette(): Locator {
    return this.page.locator('.quick-input-widget');
  }

  /** Types into the quick input and takes the entry whose label contains `label`. */
  private async choose(text: string, label: string): Promise<void> {
    const input = this.palette.locator('input[type=text]');
    await input.fill(text);
    const row = this.palette.locator('.monaco-list-row', { hasText: label }).first();
    await row.waitFor();
    await row.click();
    await this.palette.waitFor({ state: 'hidden' });
  }

  /** Runs a command by the name that the palette shows. */
  async command(name: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.palette.locator('input[type=text]').waitFor();
    await this.choose(`>${name}`, name);
  }

  /** Whether the palette offers a command now. */
  async offers(name: string): Promise<boolean> {
    await this.page.keyboard.press('F1');
    await this.palette.locator('input[type=text]').fill(`>${name}`);
    const rows = this.palette.locator('.monaco-list-row');
    await rows.first().waitFor();
    const found = await rows.filter({ hasText: name }).count();
    await this.page.keyboard.press('Escape');
    await this.palette.waitFor({ state: 'hidden' });
    return found > 0;
  }

  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    await this.palette.locator('input[type=text]').waitFor();
    await this.choose(name, name);
  }

  /** Saves what is in front and waits until nothing is unsaved. */
  async save(): Promise<void> {
    await this.page.keyboard.press('Control+S');
    await this.page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  }

  /** The titles of the open editors. */
  async tabs(): Promise<string[]> {
    return this.page.locator('.tabs-container .tab .label-name').allInnerTexts();
  }

  /** Message boxes that block the window. */
  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** Messages at the lower right. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast-container .notification-list-item', { hasText: text });
  }

  /** An item of the status bar. */
  statusItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item', { hasText: text });
  }

  async theme(name: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.palette.locator('input[type=text]').waitFor();
    await this.palette.locator('input[type=text]').fill('>Preferences: Color Theme');
    await this.palette.locator('.monaco-list-row', { hasText: 'Preferences: Color Theme' }).first().click();
    await this.palette.locator('.monaco-list-row', { hasText: 'Dark Modern' }).first().waitFor();
    await this.choose(name, name);
  }
}

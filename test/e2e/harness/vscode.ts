import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { TestContext } from 'vitest';
import { ensureChromium } from '../../../scripts/vscode/install.mjs';
import {
  installVsix,
  linkExtension,
  type ServedVsCode,
  serveVsCode,
  workbenchUrl,
  writeSettings,
} from '../../../scripts/vscode/serve.mjs';
import { NotebookEditor } from './notebook';
import { Workbench } from './workbench';

export const projectRoot = path.resolve(__dirname, '..', '..', '..');
export const artifacts = path.join(projectRoot, 'test-results', 'e2e');

export interface VsCodeOptions {
  /** The checkout by default; a packaged extension is installed as a user installs it. */
  extension?: { vsix: string };
  /** Folders of more extensions. */
  beside?: string[];
  /** Whether the folder is trusted (the default) before anything else is done. */
  trusted?: boolean;
  settings?: { [name: string]: unknown };
  env?: { [name: string]: string | undefined };
}

const TEST_SETTINGS = {
  'workbench.colorTheme': 'Default Dark Modern',
  // Cells are filled by keyboard: what the editor would add of its own is not in the test's text.
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.autoIndent': 'none',
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.suggestOnTriggerCharacters': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'git.enabled': false,
  // In a browser VS Code saves of its own; here only what a test saves is saved.
  'files.autoSave': 'off',
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
  // Each load begins with what it names, whatever an earlier test left open.
  'workbench.editor.restoreEditors': false,
  // Drawn by a processor that tests need: nothing moves that does not tell something.
  'workbench.reduceMotion': 'on',
  'editor.cursorBlinking': 'solid',
  'remote.autoForwardPorts': false,
  'extensions.webWorker': false,
};

/** A real VS Code, its browser and a workspace folder of its own; made by `startVsCode`, ended by `stop`. */
export class VsCode {
  private place!: { workspace: string; context: BrowserContext; page: Page };

  constructor(
    private readonly temporary: string,
    private readonly server: ServedVsCode,
    private readonly browser: Browser,
    private readonly options: Required<Pick<VsCodeOptions, 'trusted' | 'settings'>>,
  ) {}

  /** A folder and a browser profile in which nothing has been: no unsaved changes, no messages, no open editors, no changed settings. */
  async moveIn(): Promise<void> {
    writeSettings(userDataOf(this.temporary), this.options.settings);
    const workspace = mkdtempSync(path.join(this.temporary, 'workspace-'));
    const context = await this.browser.newContext({ viewport: { width: 1400, height: 1000 }, reducedMotion: 'reduce' });
    context.setDefaultTimeout(120_000);
    this.place = { workspace, context, page: await context.newPage() };
    if (this.options.trusted) await this.trust();
  }

  get workspace(): string {
    return this.place.workspace;
  }

  get page(): Page {
    return this.place.page;
  }

  /** Where the workbench is served. */
  get origin(): string {
    return this.server.origin;
  }

  get port(): number {
    return this.server.port;
  }

  get password(): string {
    return this.server.password;
  }

  get workbench(): Workbench {
    return new Workbench(this.page);
  }

  path(name: string): string {
    return path.join(this.workspace, name);
  }

  /** Loads the window anew, with nothing or one file of the workspace opened. */
  async load(file?: string): Promise<void> {
    await this.page.goto(workbenchUrl(this.server, this.workspace, file && this.path(file)));
    await this.workbench.ready();
  }

  /** Trusts the folder as a person does who was not asked. */
  async trust(): Promise<void> {
    await this.load();
    const restricted = this.workbench.statusItem('Restricted Mode');
    await restricted.click();
    await this.page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click();
    await restricted.waitFor({ state: 'detached' });
  }

  /**
   * Opens a notebook of the workspace in the window that is there, in place of what was open and is not saved, and waits until its cells
   * are shown. A window takes its time to load: that is done anew only where it is what a test is about.
   * @param told  a message that comes with it, waited for from the start: VS Code takes messages away after some seconds
   */
  async open(file: string, told?: string | RegExp): Promise<NotebookEditor> {
    const message = told && this.workbench.notification(told).waitFor({ timeout: 360_000 });
    const opened = this.page.url() === 'about:blank' ? this.reopen(file) : this.inPlace(file);
    const [notebook] = await Promise.all([opened, message]);
    return notebook;
  }

  private async inPlace(file: string): Promise<NotebookEditor> {
    await this.workbench.closeWithoutSaving();
    return this.show(file);
  }

  /** Opens a notebook of the workspace beside what is open. */
  async show(file: string): Promise<NotebookEditor> {
    await this.workbench.openFile(this.path(file));
    await this.workbench.tab(path.basename(file)).waitFor();
    const notebook = this.notebook();
    await notebook.ready();
    return notebook;
  }

  /** Loads the window anew, with a notebook of the workspace opened, and waits until its cells are shown. */
  async reopen(file: string): Promise<NotebookEditor> {
    await this.load(file);
    const notebook = this.notebook();
    await notebook.ready();
    return notebook;
  }

  /** Another window of the same user, with a folder of its own and a file of the workspace opened. */
  async secondWindow(
    folder: string,
    file: string,
  ): Promise<{ page: Page; workbench: Workbench; notebook: NotebookEditor }> {
    const page = await this.place.context.newPage();
    await page.goto(workbenchUrl(this.server, this.path(folder), this.path(file)));
    const workbench = new Workbench(page);
    await workbench.ready();
    const notebook = new NotebookEditor(page, workbench);
    await notebook.ready();
    return { page, workbench, notebook };
  }

  /** The notebook in front. */
  notebook(): NotebookEditor {
    return new NotebookEditor(this.page, this.workbench);
  }

  /** Makes the window tall enough for every cell: the editor draws only what is on the screen. */
  async showWhole(): Promise<void> {
    await this.page.setViewportSize({ width: 1400, height: 9_000 });
  }

  /** Kept in test-results/e2e, for people to look at. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(artifacts, { recursive: true });
    await this.page.screenshot({ path: path.join(artifacts, `${name}.png`) });
  }

  /** One in each kind of theme, `NAME-vs` and the like; the dark one stays. */
  async screenshotInThemes(name: string): Promise<void> {
    for (const [theme, kind] of [
      ['Light Modern', 'vs'],
      ['Dark High Contrast', 'hc-black'],
      ['Dark Modern', 'vs-dark'],
    ] as const) {
      await this.workbench.theme(theme, kind);
      await this.screenshot(`${name}-${kind}`);
    }
  }

  /** What the window showed when a test failed, and what the server said. What comes next begins elsewhere: it fails for no other's reasons. */
  async keepFailure({ task }: TestContext): Promise<void> {
    if (task.result?.state !== 'fail') return;
    await this.screenshot(`failed-${task.name.replace(/\W+/g, '-')}`);
    console.error(this.serverLog().slice(-2_000));
    await this.place.context.close();
    await this.moveIn();
  }

  serverLog(): string {
    return this.server.log();
  }

  async stop(): Promise<void> {
    await this.place.context.close();
    await this.browser.close();
    await this.server.stop();
    rmSync(this.temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

const userDataOf = (temporary: string) => path.join(temporary, 'data');

export async function startVsCode(options: VsCodeOptions = {}): Promise<VsCode> {
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'dinnb-e2e-'));
  const folders = { extensionsDir: path.join(temporary, 'extensions'), userDataDir: userDataOf(temporary) };
  const settings = { ...TEST_SETTINGS, ...options.settings };
  if (options.extension) await installVsix(options.extension.vsix, folders);
  else linkExtension(folders.extensionsDir, projectRoot);
  for (const folder of options.beside ?? []) linkExtension(folders.extensionsDir, folder);
  const server = await serveVsCode({
    ...folders,
    settings,
    env: options.env,
  });
  // The sandbox needs rights that containers do not give; the only pages shown are our own.
  const browser = await chromium.launch({
    executablePath: await ensureChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
  });
  const code = new VsCode(temporary, server, browser, { trusted: options.trusted ?? true, settings });
  await code.moveIn();
  return code;
}

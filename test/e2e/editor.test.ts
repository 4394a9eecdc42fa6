import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notebookOf, writeNotebook } from './harness/documents';
import { eventually } from './harness/eventually';
import { startVsCode, type VsCode } from './harness/vscode';

describe('a notebook in VS Code', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  it('runs its cells in order and shows what they evaluate to', async () => {
    writeNotebook(
      code.path('run.dinnb'),
      notebookOf(
        "import { sep } from 'node:path';\nconst parts = ['a', 'b'];\nparts.join(sep)",
        'for (const part of parts) console.log(`part ${part}`);',
        'const total: number = await Promise.resolve(6 * 7);\ntotal',
        'display({ "text/html": "<b class=shown>drawn as HTML</b>", "text/plain": "not this" });',
      ),
    );
    const notebook = await code.open('run.dinnb');
    await notebook.runAll();
    expect(await notebook.waitForEnd(3)).toBe('succeeded');
    const drawn = await notebook.output('b.shown');
    expect(await drawn.textContent()).toBe('drawn as HTML');
    // Outputs are drawn after the cells have ended, in any order.
    await notebook.read(/a\/b/);
    await notebook.read(/part a\npart b/);
    await notebook.read(/^42$/m);
    const text = await notebook.outputText();
    // The handle that display() returns is no value to show.
    expect(text).not.toContain('[Function');
    expect(text).not.toContain('not this');
    for (const index of [0, 1, 2, 3]) {
      await eventually(async () => expect(await notebook.executionCount(index)).toBe(`[${index + 1}]`));
      await eventually(async () => expect(await notebook.duration(index)).toMatch(/^[\d.]+s$/));
    }
    await code.screenshot('run-all');

    await code.workbench.command('Notebook: Clear All Outputs');
    await eventually(async () => expect(await notebook.executionCount(3)).toBe('[ ]'));
    await drawn.waitFor({ state: 'detached' });
    // Cleared is only what was shown: the names are still there, and the count goes on.
    await notebook.type(1, 'total + 1');
    expect(await notebook.runToEnd(1)).toBe('succeeded');
    await notebook.waitForText('43');
    expect(await notebook.executionCount(1)).toBe('[5]');
  });

  it('shows an error with links to its places, and keeps the kernel', async () => {
    writeFileSync(
      code.path('rows.ts'),
      "// Rows.\nexport function find(row: number) {\n  throw new RangeError('no such row: ' + row);\n}\n",
    );
    writeNotebook(
      code.path('error.dinnb'),
      notebookOf(
        "const before = 'kept';",
        "import { find } from './rows.ts';\nfunction fail() {\n  find(7);\n}\nfail();",
        "console.log('0123456789'.repeat(30));\n`${before} after the error`",
      ),
    );
    const notebook = await code.open('error.dinnb');
    await notebook.runAll();
    expect(await notebook.waitForEnd(1)).toBe('failed');
    await notebook.waitForText('RangeError: no such row');
    expect(await notebook.outputText()).toMatch(/cell 2:3:\d+/);
    expect(await notebook.state(2)).not.toBe('succeeded');
    expect(await notebook.runToEnd(2)).toBe('succeeded');
    await notebook.waitForText('kept after the error');
    await code.screenshot('error');
    const wide = (stream: { scrollWidth: number; clientWidth: number }) => stream.scrollWidth > stream.clientWidth;
    expect(await (await notebook.output('.output-stream')).evaluate(wide)).toBe(false);

    const place = async (text: string) => (await notebook.output('.traceback a')).filter({ hasText: text }).first();
    await (await place('cell 2:3:')).click();
    // The cell is written in, at the line.
    await notebook.cell(1).locator('.monaco-editor.focused').waitFor();
    await code.page.keyboard.type('// here: ');
    await notebook.cell(1).getByText('// here:').waitFor();
    await code.page.keyboard.press('Control+Z');
    await code.screenshotInThemes('error');
    await (await place('rows.ts:3:')).click();
    await code.workbench.tab('rows.ts').waitFor();
    await code.workbench.statusItem('Ln 3, Col 9').waitFor();
  });

  it('interrupts an endless loop and keeps the variables', async () => {
    writeNotebook(
      code.path('interrupt.dinnb'),
      notebookOf('let turns = 0;\nconst kept = 20;', 'while (true) { turns++; }', 'kept + (turns > 1000 ? 3 : 0)'),
    );
    const notebook = await code.open('interrupt.dinnb');
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    await notebook.run(1);
    await notebook.waitForState(1, 'running');
    await notebook.interrupt();
    expect(await notebook.waitForEnd(1)).toBe('failed');
    await notebook.waitForText(/interrupted/i);
    // What comes of an interrupt that takes more than ten seconds.
    expect(await code.workbench.notification('has not stopped').count()).toBe(0);
    expect(await notebook.runToEnd(2)).toBe('succeeded');
    await notebook.waitForText('23');
    await code.screenshot('interrupted');
  });

  it('says why a kernel died, ends the running cell, and runs again', async () => {
    writeNotebook(
      code.path('death.dinnb'),
      notebookOf('let alive = process.pid;\nalive', 'await new Promise(() => {})', 'typeof alive', '6 * 7'),
    );
    const notebook = await code.open('death.dinnb');
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    const pid = Number(await notebook.read(/\d+/));
    expect(pid).toBeGreaterThan(1);
    await notebook.run(1);
    await notebook.waitForState(1, 'running');
    process.kill(pid, 'SIGKILL');
    expect(await notebook.waitForEnd(1)).toBe('failed');
    await notebook.waitForText(/SIGKILL/);
    await code.screenshot('kernel-died');
    // A new kernel knows nothing of the old one's names.
    expect(await notebook.runToEnd(2)).toBe('succeeded');
    await notebook.waitForText('undefined');
    expect(await notebook.runToEnd(3)).toBe('succeeded');
    await notebook.waitForText('42');
  });

  it('restarts the kernel on command', async () => {
    writeNotebook(code.path('restart.dinnb'), notebookOf('let known = 1;\nprocess.pid', 'typeof known'));
    const notebook = await code.open('restart.dinnb');
    await notebook.runAll();
    expect(await notebook.waitForEnd(1)).toBe('succeeded');
    await notebook.waitForText('number');
    await notebook.restartKernel(Number(await notebook.read(/\d+/)));
    expect(await notebook.runToEnd(1)).toBe('succeeded');
    await notebook.waitForText('undefined');
  });

  it('restarts the kernel in the middle of a run, and runs what comes after', async () => {
    writeNotebook(
      code.path('restart-running.dinnb'),
      notebookOf('while (true) {}', "'not reached'", "'a new ' + 'life'"),
    );
    const notebook = await code.open('restart-running.dinnb');
    await notebook.runAll();
    await notebook.waitForState(0, 'running');
    await notebook.waitForState(1, 'pending');
    await code.workbench.command('dinnb: Restart Kernel');
    await code.workbench.dialog.getByRole('button', { name: 'Restart', exact: true }).click();
    expect(await notebook.waitForEnd(0)).toBe('failed');
    await notebook.waitForText('The kernel was restarted while the cell ran.');
    await eventually(async () => expect(await notebook.state(1)).toBe('idle'));
    expect(await notebook.runToEnd(2)).toBe('succeeded');
    await notebook.waitForText('a new life');
  });

  it('stops a running cell that is deleted, and runs the next one', async () => {
    const turning =
      "import { writeFileSync } from 'node:fs';\nwhile (true) if (++turns === 1001) writeFileSync('turning.txt', '');";
    writeNotebook(code.path('delete.dinnb'), notebookOf('let turns = 0;', turning, 'turns > 1000'));
    const notebook = await code.open('delete.dinnb');
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    await notebook.run(1);
    await notebook.waitForState(1, 'running');
    await eventually(async () => expect(existsSync(code.path('turning.txt'))).toBe(true));
    await notebook.deleteRunning(1);
    await eventually(async () => expect(await notebook.text(1)).toBe('turns > 1000'));
    expect(await notebook.runToEnd(1)).toBe('succeeded');
    await notebook.waitForText('true');
  });

  it('asks what a cell asks in a box, which Escape and an interrupt close', async () => {
    writeNotebook(
      code.path('asks.dinnb'),
      notebookOf(
        "const name = prompt('Whose model?', 'Ada');\n`model of ${name}`",
        "import { createInterface } from 'node:readline/promises';\nconst rl = createInterface({ input: process.stdin, output: process.stdout });\nconst epochs = await rl.question('How many epochs? ');\nrl.close();\n`${epochs} epochs`",
        "prompt('Dismissed?')",
        "prompt('Interrupted?')",
      ),
    );
    const notebook = await code.open('asks.dinnb');
    const box = code.page.locator('.quick-input-widget:visible');
    const press = (key: string) => box.locator('input[type=text]').press(key);
    await notebook.run(0);
    await box.getByText('Whose model?').waitFor();
    await code.screenshot('input-box');
    await box.locator('input[type=text]').fill('Grace');
    await press('Enter');
    expect(await notebook.waitForEnd(0)).toBe('succeeded');
    await notebook.read(/Whose model\? \[Ada\] Grace/);
    await notebook.read(/model of Grace/);
    await notebook.run(1);
    await box.getByText('How many epochs?').waitFor();
    await box.locator('input[type=text]').fill('12');
    await press('Enter');
    expect(await notebook.waitForEnd(1)).toBe('succeeded');
    await notebook.read(/12 epochs/);
    await notebook.run(2);
    await box.getByText('Dismissed?').waitFor();
    await press('Escape');
    expect(await notebook.waitForEnd(2)).toBe('succeeded');
    await notebook.waitForText('null');
    await notebook.run(3);
    await box.getByText('Interrupted?').waitFor();
    await notebook.stop(3);
    await notebook.waitForState(3, 'failed');
    await box.waitFor({ state: 'hidden' });
    await code.screenshot('asked');
  });

  it('names backend and TensorFlow version in the status bar, and keeps a log', async () => {
    writeNotebook(code.path('status.dinnb'), notebookOf('tf.version.tfjs'));
    const notebook = await code.open('status.dinnb');
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    await code.workbench.statusItem(/dinnb: TensorFlow \d+\.\d+\.\d+ · idle/).waitFor();
    await code.workbench.command('dinnb: Show Log');
    // The spaces are hard ones.
    await code.page.locator('.part.panel', { hasText: /Starting.a.kernel.for.*status\.dinnb/ }).waitFor();
    await code.screenshot('log');
  });
});

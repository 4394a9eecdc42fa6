import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findJupyter } from '../../../scripts/jupyter.mjs';
import { findChromium } from '../../../src/cli/find-chromium.mjs';
import { notebookToIpynb } from '../../../src/notebook/convert/ipynb-export';
import { ipynbToNotebook } from '../../../src/notebook/convert/ipynb-import';
import { parseNotebook } from '../../../src/notebook/parse';
import { JUPYTER } from '../../unit/notebook/jupyter-sample';
import { DocumentMaker } from '../../unit/notebook/random-document';
import { Workspace } from './command';

const python = findJupyter();
const browserPath = findChromium();
if (!python)
  console.warn(
    'SKIPPED: Jupyter. npm test could not install it (Python 3.10 or newer, pip); DINNB_TEST_PYTHON names a Python that has it.',
  );
else if (!browserPath)
  console.warn('SKIPPED: notebooks in JupyterLab. No Chromium was found; set DINNB_CHROMIUM to its path.');

let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.remove());

/** Nothing of the user's own Jupyter takes part. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP4z8DAwMDAxMDAwMDAAAANHQEDasKb6QAAAABJRU5ErkJggg==';

const ownFolders = () => ({
  ...process.env,
  HOME: space.folder,
  ...Object.fromEntries(
    ['CONFIG', 'DATA', 'RUNTIME'].map((name) => [`JUPYTER_${name}_DIR`, space.path(`jupyter-${name}`)]),
  ),
  IPYTHONDIR: space.path('ipython'),
});

const inPython = (program: string, input = ''): string =>
  execFileSync(python!, ['-c', program], {
    input,
    env: ownFolders(),
    cwd: space.folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
  });

describe.skipIf(!python)("Jupyter's own library", () => {
  /** Validates notebooks strictly and gives them back as Jupyter writes them. */
  function throughJupyter(texts: string[]): string[] {
    const program = `import json, sys, warnings, nbformat
warnings.simplefilter("error")
out = []
for text in json.load(sys.stdin):
    raw = json.loads(text)
    nbformat.validate(raw, relax_add_props=False)
    out.append(nbformat.writes(nbformat.reads(text, as_version=4)))
json.dump(out, sys.stdout)`;
    return JSON.parse(inPython(program, JSON.stringify(texts)));
  }

  it('finds what is exported valid, and what it writes of it imports as the same document', () => {
    const documents = Array.from({ length: 150 }, (_, seed) => new DocumentMaker(seed).document());
    documents.push(ipynbToNotebook(JSON.stringify(JUPYTER), 'x').document);
    const back = throughJupyter(documents.map((document) => notebookToIpynb(document)));
    back.forEach((text, index) => {
      expect(ipynbToNotebook(text, `seed ${index}`).document, `seed ${index}`).toEqual(documents[index]);
    });
  });

  it('a notebook that Jupyter ran and wrote imports, and goes back as Jupyter wrote it', async () => {
    inPython(`import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
picture = "from base64 import b64decode\\nfrom IPython.display import HTML, Image, JSON, SVG, Markdown, display\\n"
picture += "display(Image(b64decode('${PNG}')))\\n"
picture += "display(HTML('<b>bold</b>'), JSON({'a': [1, None]}), SVG('<svg xmlns=\\"http://www.w3.org/2000/svg\\"/>'), Markdown('*x*'))\\n{'auc': 0.5}"
notebook = new_notebook(cells=[
    new_markdown_cell("# Study\\n![a](attachment:a.png)", attachments={"a.png": {"image/png": "iVBORw0KGgo="}}),
    new_code_cell("import sys\\nprint('out')\\nprint('err', file=sys.stderr)"),
    new_code_cell(picture, metadata={"tags": ["figure"], "scrolled": False}),
    new_raw_cell("raw", metadata={"format": "text/latex"}),
    new_code_cell("from IPython.display import clear_output, display\\nh = display(1, display_id=True)\\nh.update(2)"),
    new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}),
])
NotebookClient(notebook, kernel_name="python3").execute()
nbformat.write(notebook, "ran.ipynb")`);
    const imported = await space.dinnb('import', 'ran.ipynb');
    expect(imported.code, imported.stderr).toBe(0);
    const { cells } = parseNotebook(space.read('ran.dinnb'), 'ran');
    const kinds = cells.map(({ outputs }) =>
      outputs.flatMap((output) => ('data' in output ? Object.keys(output.data) : output.type)),
    );
    expect(kinds[1]).toEqual(['stream', 'stream']);
    for (const mime of ['image/png', 'text/html', 'application/json', 'image/svg+xml', 'text/markdown'])
      expect(kinds[2]).toContain(mime);
    expect(cells[5]!.outputs[0]).toMatchObject({
      type: 'error',
      error: { name: 'ZeroDivisionError', message: 'division by zero' },
    });
    expect((await space.dinnb('export', 'ran.dinnb', '--to', 'ipynb', '--out', 'back.ipynb')).code).toBe(0);
    const read = (name: string) =>
      JSON.parse(inPython(`import nbformat, sys; sys.stdout.write(nbformat.writes(nbformat.read("${name}", 4)))`));
    expect(read('back.ipynb')).toEqual(read('ran.ipynb'));
    expect((await space.dinnb('export', 'ran.dinnb', '--to', 'html')).code).toBe(0);
  });
});

describe.skipIf(!python || !browserPath)('JupyterLab', () => {
  let browser: Browser;
  let server: ReturnType<typeof spawn>;
  let page: Page;
  let origin = '';
  beforeAll(async () => {
    space.notebook(
      'study.dinnb',
      '# A study in dinnb',
      "display.markdown('**from a cell**'); display.html('<table><tr><td>a table cell</td></tr></table>'); console.log('plain text')",
      `display.image(Buffer.from('${PNG}', 'base64'));
display.image('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="teal"/></svg>');`,
      `const rows = Array.from({ length: 64 }, (_, index) => ({ user: index % 8, item: index % 5, label: index % 2 }));
display.table(rows)`,
      "throw new TypeError('shown as an error')",
    );
    await space.dinnb('run', 'study.dinnb', '--out', 'study.dinnb', '--backend', 'wasm');
    expect((await space.dinnb('export', 'study.dinnb', '--to', 'ipynb')).code).toBe(0);
    const flags = [
      '--no-browser',
      '--allow-root',
      '--port=0',
      '--ip=127.0.0.1',
      '--IdentityProvider.token=tests',
      `--ServerApp.root_dir=${space.folder}`,
    ];
    server = spawn(python!, ['-m', 'jupyterlab', ...flags], {
      env: ownFolders(),
      cwd: space.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    origin = await new Promise<string>((resolve, reject) => {
      for (const stream of [server.stdout!, server.stderr!])
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text;
          const found = /(http:\/\/127\.0\.0\.1:\d+)\/lab/.exec(said);
          if (found) resolve(found[1]!);
        });
      server.on('close', () => reject(new Error(`JupyterLab did not start:\n${said}`)));
    });
    browser = await chromium.launch({ executablePath: browserPath!, args: ['--no-sandbox', '--disable-gpu'] });
    page = await browser.newPage({ viewport: { width: 1200, height: 1400 } });
  });
  afterAll(async () => {
    await browser?.close();
    server?.kill('SIGKILL');
  });

  it('opens an exported notebook, shows its pictures, and what it saves comes back', async () => {
    await page.goto(`${origin}/doc/tree/study.ipynb?token=tests&reset`);
    // It has no TypeScript kernel and asks for another.
    const dialog = page.locator('.jp-Dialog');
    await dialog.waitFor();
    expect(await dialog.textContent()).toContain('Kernel');
    await dialog.getByRole('button', { name: 'No Kernel' }).click();
    const cells = page.locator('.jp-Notebook .jp-Cell');
    await expect.poll(() => cells.count()).toBe(5);
    await expect.poll(() => cells.nth(0).textContent()).toContain('A study in dinnb');
    await expect
      .poll(() => cells.nth(1).locator('.jp-OutputArea').textContent())
      .toMatch(/plain text[\s\S]*from a cell[\s\S]*a table cell|from a cell[\s\S]*a table cell[\s\S]*plain text/);
    await expect
      .poll(() => cells.nth(4).locator('.jp-OutputArea').textContent())
      .toContain('TypeError: shown as an error');
    // Both pictures are drawn, each with the size that it has.
    const images = cells.nth(2).locator('.jp-OutputArea img');
    const widths = () =>
      images.evaluateAll((all: { naturalWidth: number }[]) => all.map(({ naturalWidth }) => naturalWidth));
    await expect.poll(widths).toEqual([2, 40]);
    await expect
      .poll(() => cells.nth(3).locator('.jp-OutputArea').textContent())
      .toMatch(/user[\s\S]*item[\s\S]*label/);
    mkdirSync(path.resolve(__dirname, '../../../test-results/renderers'), { recursive: true });
    await page.screenshot({ path: path.resolve(__dirname, '../../../test-results/renderers/jupyterlab.png') });

    const before = parseNotebook(space.read('study.dinnb'), 'study');
    await cells.nth(0).locator('.jp-RenderedMarkdown').dblclick();
    const editor = cells.nth(0).locator('.cm-content');
    await editor.click();
    await expect.poll(() => cells.nth(0).locator('.cm-focused').count()).toBe(1);
    await page.keyboard.press('Control+End');
    await page.keyboard.type(', read in Jupyter');
    await page.keyboard.press('Control+S');
    await expect.poll(() => space.read('study.ipynb')).toContain('read in Jupyter');
    expect((await space.dinnb('import', 'study.ipynb', '--out', 'back.dinnb')).code).toBe(0);
    const after = parseNotebook(space.read('back.dinnb'), 'back');
    before.cells[0]!.source += ', read in Jupyter';
    expect(after.cells).toEqual(before.cells);
    expect(after.environment).toEqual(before.environment);
  });
});

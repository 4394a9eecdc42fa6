import { Window } from 'happy-dom';
import { describe, expect, it } from 'vitest';
import type { NotebookCell, NotebookDocument } from '../../../src/notebook/document';
import { notebookToHtml } from '../../../src/notebook/html';
import { ansiToHtml } from '../../../src/notebook/html/ansi';
import { highlightTypeScript } from '../../../src/notebook/html/highlight';
import { markdownToHtml } from '../../../src/notebook/html/markdown';
import { attentionBundle } from '../../../src/outputs/attention-view';
import type { CellOutput } from '../../../src/outputs/events';
import { trainingBundle } from '../../../src/outputs/training-view';
import { mockAttention, mockTraining } from '../outputs/mock';

const ASSETS = { renderers: 'export const t = "</script><!--";' };
const BREAKOUT = '</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)>';

let count = 0;
function cell(kind: 'code' | 'markdown', source: string, outputs: CellOutput[] = []): NotebookCell {
  count++;
  return { id: `c${count}`, kind, source, tags: [], outputs, unknown: {} };
}
const notebook = (...cells: NotebookCell[]): NotebookDocument => ({ version: 1, cells, unknown: {} });
const display = (data: { [mime: string]: unknown }): CellOutput => ({ type: 'display', data });

function page(document: NotebookDocument, options: Parameters<typeof notebookToHtml>[2] = {}) {
  const html = notebookToHtml(document, ASSETS, options);
  const window = new Window();
  window.document.write(html);
  return { html, document: window.document };
}

describe('notebookToHtml', () => {
  it('is one file that may load nothing', () => {
    const { html, document } = page(notebook(cell('code', 'x', [display(trainingBundle(mockTraining()))])));
    expect(document.querySelector('meta[http-equiv]')!.getAttribute('content')).toContain("default-src 'none'");
    expect(document.querySelectorAll('script[src], link[href], img[src^=http]')).toHaveLength(0);
    expect(html.startsWith('<!doctype html>')).toBe(true);
  });

  it('is the same for the same input', () => {
    const document = notebook(cell('code', 'x', [display(attentionBundle(mockAttention()))]));
    const date = new Date(Date.UTC(2026, 0, 2, 3, 4));
    expect(notebookToHtml(document, ASSETS, { date })).toBe(notebookToHtml(document, ASSETS, { date }));
    expect(page(document, { date, name: 'folder/fit.dinnb' }).document.querySelector('.about')!.textContent).toBe(
      'fit.dinnb · 2026-01-02 03:04 UTC',
    );
  });

  it('has an outline that needs no script: its links lead to the cells with headings, and titles stay text', () => {
    const { document } = page(
      notebook(
        cell('markdown', `# Study\n\nwords\n\n## The \`data\` of *today*`),
        cell('code', '// # no heading'),
        cell('markdown', '### <img src=x onerror=alert(1)> & more\n\n#### too deep'),
        cell('markdown', '```\n# no heading either\n```'),
      ),
    );
    const links = [...document.querySelectorAll('nav.outline a')];
    expect(links.map(({ textContent }) => textContent)).toEqual([
      'The data of today',
      '<img src=x onerror=alert(1)> & more',
    ]);
    for (const link of links) expect(document.querySelector(link.getAttribute('href')!)).not.toBeNull();
    expect(document.querySelectorAll('nav img')).toHaveLength(0);
    expect(page(notebook(cell('markdown', '# Only a title'))).document.querySelector('nav')).toBeNull();
  });

  it('takes its title from the notebook, its first heading, or its file, and says it once', () => {
    const heading = notebook(cell('markdown', '# Fit\n\ntext'));
    expect(page(heading).document.querySelectorAll('h1')).toHaveLength(1);
    expect(page(heading).document.querySelector('title')!.textContent).toBe('Fit');
    expect(page({ ...heading, title: 'Other' }).document.querySelector('header h1')!.textContent).toBe('Other');
    expect(page({ ...heading, title: 'Other' }).document.querySelectorAll('h1')).toHaveLength(2);
    expect(page(notebook(), { name: 'a/b.dinnb' }).document.querySelector('h1')!.textContent).toBe('b');
    expect(
      page(notebook(cell('markdown', '# Fit\n\ntext')))
        .document.querySelector('.markdown')!
        .textContent!.trim(),
    ).toBe('text');
  });

  it('shows the environment of the run', () => {
    const { document } = page({ ...notebook(), environment: { node: 'v24', datasets: { 'a.csv': 'sha256:1' } } });
    expect(document.querySelector('header details')!.textContent).toContain('sha256:1');
  });

  it('shows code with colours, run number and time; or no code', () => {
    const code = {
      ...cell('code', 'const a = 1;'),
      execution: { count: 3, ok: true, startedAt: 1000, endedAt: 3500 },
      tags: ['parameters'],
    };
    const { document } = page(notebook(code));
    expect(document.querySelector('.gutter')!.textContent).toBe('[3]2.5 s');
    expect(document.querySelector('pre.code')!.textContent).toBe('const a = 1;');
    expect(document.querySelector('.t-keyword')!.textContent).toBe('const');
    expect(document.querySelector('.tag')!.textContent).toBe('parameters');
    expect(page(notebook(code), { code: 'hidden' }).document.querySelector('pre.code')).toBeNull();
    const folded = page(notebook(code), { code: 'folded' }).document.querySelector('details.fold')!;
    expect(folded.hasAttribute('open')).toBe(false);
    expect(folded.textContent).toBe('Code, 1 lineconst a = 1;');
  });

  it('gives a rich output to its renderer, with its picture and text for everyone else', () => {
    const run = mockTraining();
    const { document } = page(notebook(cell('code', 'x', [display(trainingBundle(run))])));
    expect(JSON.parse(document.getElementById('dinnb-item-0')!.textContent!)).toEqual(run);
    expect(JSON.parse(document.getElementById('dinnb-items')!.textContent!)).toEqual([
      'application/vnd.dinnb.training+json',
    ]);
    expect(JSON.parse(document.getElementById('dinnb-renderers')!.textContent!)).toBe(ASSETS.renderers);
    expect(document.querySelector('.rich-static img')!.getAttribute('src')).toMatch(/^data:image\/svg\+xml;base64,/);
    expect(document.querySelector('.rich-static pre')!.textContent).toContain('epoch  seconds');
  });

  it('has no script where there is nothing to run', () => {
    expect(page(notebook(cell('markdown', 'text'))).document.querySelectorAll('script')).toHaveLength(0);
  });

  it('lets nothing in the data end an element', () => {
    const bundle = { ...trainingBundle(mockTraining({ title: BREAKOUT })), 'text/plain': BREAKOUT };
    const hostile: CellOutput[] = [
      { type: 'stream', name: 'stdout', text: BREAKOUT },
      { type: 'error', error: { name: BREAKOUT, message: BREAKOUT, stack: BREAKOUT } },
      display(bundle),
      display({ 'text/plain': BREAKOUT }),
      display({ 'application/json': { a: BREAKOUT } }),
      display({ [BREAKOUT]: 1 }),
      display({ 'image/png': `AAAA" onerror="alert(1)` }),
      display({ 'image/svg+xml': `<svg onload="alert(1)">${BREAKOUT}</svg>` }),
    ];
    const { html, document } = page({
      ...notebook({ ...cell('code', BREAKOUT, hostile), id: '"><b>', tags: [BREAKOUT] }, cell('markdown', BREAKOUT)),
      title: BREAKOUT,
      environment: { [BREAKOUT]: BREAKOUT },
    });
    const scripts = [...document.querySelectorAll('script')].filter(
      (script) => script.getAttribute('type') !== 'application/json',
    );
    expect(scripts).toHaveLength(1);
    expect(html).not.toContain('<script>alert');
    expect(document.querySelector('[onerror], [onload], svg')).toBeNull();
    expect(document.querySelector('pre.stream')!.textContent).toBe(BREAKOUT);
    expect(document.querySelector('title')!.textContent).toBe(BREAKOUT);
  });

  it('puts HTML outputs into sandboxed frames of no origin', () => {
    const { html, document } = page(
      notebook(cell('code', 'x', [display({ 'text/html': '<table><td onclick="x">"1" &amp; 2</td></table>' })])),
    );
    const frame = document.querySelector('iframe')!;
    expect(frame.getAttribute('sandbox')).toBe('allow-scripts');
    expect(html).toContain('&lt;td onclick=&quot;x&quot;&gt;&quot;1&quot; &amp;amp; 2&lt;/td&gt;');
    expect(document.querySelector('table')).toBeNull();
  });

  it('shows pictures from bytes and from base64', () => {
    const bytes = new Uint8Array([137, 80, 78, 71]);
    const { document } = page(
      notebook(cell('code', 'x', [display({ 'image/png': bytes }), display({ 'image/jpeg': 'iVBO\nRw==' })])),
    );
    const sources = [...document.querySelectorAll('img')].map((image) => image.getAttribute('src'));
    expect(sources).toEqual(['data:image/png;base64,iVBORw==', 'data:image/jpeg;base64,iVBORw==']);
  });

  it('prefers the richest form and says when there is none', () => {
    const texts = (data: { [mime: string]: unknown }) =>
      page(notebook(cell('code', 'x', [display(data)]))).document.querySelector('.outputs')!;
    expect(texts({ 'text/plain': 'p', 'text/markdown': '**m**' }).querySelector('strong')!.textContent).toBe('m');
    expect(texts({ 'application/json': { a: 1 } }).textContent).toContain('"a": 1');
    expect(texts({ 'application/x-own': 1 }).textContent).toContain('application/x-own');
    expect(texts({ 'text/plain': '' }).querySelector('pre')).not.toBeNull();
  });

  it('shows an error once, with its stack', () => {
    const error = { name: 'DataError', message: 'column x', stack: 'DataError: column x\n    at cell 3:1:2' };
    const shown = page(notebook(cell('code', 'x', [{ type: 'error', error }]))).document.querySelector('.error')!;
    expect(shown.textContent).toBe('DataError: column x    at cell 3:1:2');
  });
});

describe('markdownToHtml', () => {
  it('escapes raw HTML and refuses scripting links', () => {
    for (const link of [
      'command:workbench.action.terminal.new',
      'vscode://x/y',
      'file:///etc/passwd',
      'data:text/html,x',
    ])
      expect(markdownToHtml(`[a](${link}) ![b](${link}) <${link}>`), link).not.toContain('href');
    const html = markdownToHtml('<script>x</script> [a](javascript:alert(1)) [b](https://example.org)');
    expect(html).not.toContain('<script');
    expect(html).not.toContain('href="javascript');
    expect(html).toContain('<a href="https://example.org" rel="noopener noreferrer">b</a>');
  });

  it('embeds pictures that are data and links to others', () => {
    expect(markdownToHtml('![p](data:image/png;base64,AAAA)')).toContain(
      '<img src="data:image/png;base64,AAAA" alt="p">',
    );
    const remote = markdownToHtml('![p](https://example.org/p.png)');
    expect(remote).not.toContain('<img');
    expect(remote).toContain('href="https://example.org/p.png"');
  });

  it('colours TypeScript blocks', () => {
    expect(markdownToHtml('```ts\nconst a = 1\n```')).toContain('t-keyword');
  });
});

describe('highlightTypeScript', () => {
  const plain = (html: string) =>
    html
      .replace(/<[^>]*>/g, '')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&amp;/g, '&');

  it.each([
    'const a: Map<string, number> = new Map(); // <b>',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code to be coloured
    'const s = `a ${b + "c"} d`; /* open',
    "'unclosed\nlet x = 0x1f + 1e-3 + 1_000n;",
    'a < b && c > d ? e : f; /re"gex/.test(x)',
    '日本語 = "😀";',
  ])('loses and adds nothing: %s', (source) => {
    expect(plain(highlightTypeScript(source))).toBe(source);
  });

  it('knows properties from keywords', () => {
    expect(highlightTypeScript('a.from(b)')).toContain('<span class="t-call">from</span>');
    expect(highlightTypeScript('a.default')).not.toContain('t-keyword');
  });
});

describe('ansiToHtml', () => {
  const ESC = '\u001b';

  it('keeps colours and drops every other sequence', () => {
    expect(ansiToHtml(`${ESC}[1;32mok${ESC}[0m <b> ${ESC}[2K${ESC}]0;title\u0007end`)).toBe(
      '<span class="ansi-bold ansi-green">ok</span> &lt;b&gt; end',
    );
    // Links, a string of a program's own, alignment tests, sequences that never end.
    expect(
      ansiToHtml(
        `${ESC}]8;;https://e.org${ESC}\\a${ESC}]8;;${ESC}\\${ESC}P1$r${ESC}\\b${ESC}(Bc${ESC}7d${ESC}#8e${ESC}[?25lf${ESC}[`,
      ),
    ).toBe('abcdef');
  });

  it('keeps a colour across sequences that set none', () => {
    expect(ansiToHtml(`${ESC}[31ma${ESC}[Kb${ESC}[mc`)).toBe('<span class="ansi-red">ab</span>c');
  });

  it.each([
    ['256 colours', '38;5;208', 'style="color:#ff8700"'],
    ['the first sixteen of them are the theme’s', '38;5;1', 'class="ansi-red"'],
    ['greys', '38;5;244', 'style="color:#808080"'],
    ['24 bits', '38;2;255;0;127', 'style="color:#ff007f"'],
    ['24 bits with colons', '38:2::255:0:127', 'style="color:#ff007f"'],
    ['24 bits with colons and no colour space', '38:2:255:0:127', 'style="color:#ff007f"'],
    ['256 colours with colons', '38:5:208', 'style="color:#ff8700"'],
    ['bold after a colour', '38;5;208;1', 'class="ansi-bold" style="color:#ff8700"'],
    ['a blue that is not dim and blinking', '38;2;2;5;255', 'style="color:#0205ff"'],
    ['backgrounds', '41', 'class="ansi-on-red"'],
    ['bright backgrounds', '30;103', 'class="ansi-black ansi-on-bright-yellow"'],
    ['backgrounds of 24 bits, with text that can be read', '48;2;0;0;64', 'style="background:#000040;color:#ffffff"'],
    ['both', '38;5;16;48;5;231', 'style="background:#ffffff;color:#000000"'],
    ['reversed colours', '31;7', 'class="ansi-on-red ansi-page"'],
    ['italic, underlined, struck', '3;4;9', 'class="ansi-italic ansi-underline ansi-strikethrough"'],
    ['curly underlines', '4:3', 'class="ansi-underline"'],
    ['what comes after a reset', '31;0;1', 'class="ansi-bold"'],
    ['what comes after a reset by nothing', '31;;1', 'class="ansi-bold"'],
  ])('reads %s', (_, parameters, attributes) => {
    expect(ansiToHtml(`${ESC}[${parameters}mx${ESC}[0my`)).toBe(`<span ${attributes}>x</span>y`);
  });

  it.each(['38;5;999', '38;5', '38;2;1;2', '38', '48;2;', '38;2;300;1;1', ';;;', '99999999999999999999', '4:3:1:5'])(
    'makes nothing of %s that could leave its attribute',
    (parameters) => {
      const html = ansiToHtml(`${ESC}[${parameters}m"<x>${ESC}[0m`);
      expect(html).toMatch(
        /^(<span( class="[a-z -]+")?( style="[a-z]+:#[\da-f]{6}(;color:#[\da-f]{6})?")?>)?&quot;&lt;x&gt;(<\/span>)?$/,
      );
    },
  );

  it('takes a time that grows with the text', () => {
    const text = Array.from({ length: 50_000 }, (_, row) => `${ESC}[38;5;${row % 256};1m${row}${ESC}[22m\n`).join('');
    expect(ansiToHtml(text).match(/<span/g)!.length).toBeGreaterThanOrEqual(99_000);
    expect(ansiToHtml(`${ESC}[${'1;'.repeat(50_000)}3mx`)).toBe('<span class="ansi-bold ansi-italic">x</span>');
  });
});

import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import MarkdownIt from 'markdown-it';
import { type Browser, chromium, type Page } from 'playwright-core';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../../src/cli/find-chromium.mjs';
import type { NotebookCell, NotebookDocument, SavedOutput } from '../../../src/notebook/document';
import { printNotebook } from '../../../src/notebook/print';
import { Workspace } from './command';

const CHROMIUM = findChromium();
if (!CHROMIUM)
  console.warn('SKIPPED: hostile notebooks in a real browser. No Chromium was found; set DINNB_CHROMIUM to its path.');

/** A notebook from somebody who means harm: everything that it tries would be heard by the server, or seen in the page. */
function hostileNotebook(server: string): NotebookDocument {
  const act = `fetch('${server}/acted');document.title='hacked';top.document.title='hacked'`;
  const pieces = [
    `<img src="${server}/img" onerror="${act}">`,
    `<img src=x onerror="${act}"><svg onload="${act}"></svg>`,
    `<script>${act}</script><script src="${server}/script"></script>`,
    `<iframe src="${server}/frame"></iframe><object data="${server}/object"></object><embed src="${server}/embed">`,
    `<link rel="stylesheet" href="${server}/css"><style>@import '${server}/import';</style>`,
    `<meta http-equiv="refresh" content="0;url=${server}/refresh"><base href="${server}/">`,
    `<form action="${server}/form"><button id=b>x</button></form><script>b.click();location='${server}/location'</script>`,
    `<video src="${server}/video" poster="${server}/poster"></video><audio src="${server}/audio" autoplay></audio>`,
    `<div style="background:url(${server}/background)">x</div><input autofocus onfocus="${act}">`,
  ];
  const links = [
    `[x](javascript:${encodeURIComponent(act)})`,
    `[x](java&#115;cript:${encodeURIComponent(act)})`,
    `<javascript:${encodeURIComponent(act)}>`,
    `[x][1]\n\n[1]: javascript:${encodeURIComponent(act)}`,
    `![x](${server}/markdown)`,
    `![x][2]\n\n[2]: ${server}/reference`,
    '```',
  ];
  const words = [...pieces, ...links];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="${act}"><script>${act}</script><image href="${server}/svg"/></svg>`;
  const sly = `<svg xmlns="http://www.w3.org/2000/svg"><style>rect{fill:u\\72l(${server}/svg-css)}</style><rect width="9" height="9"/></svg>`;
  const outputs: SavedOutput[] = words.flatMap((text): SavedOutput[] => [
    { type: 'stream', name: 'stdout', text: `\`\`\`\n${text}\n` },
    { type: 'error', error: { name: text, message: text, stack: text } },
    { type: 'display', data: { 'text/markdown': text } },
    { type: 'display', data: { 'text/html': text, 'text/plain': text } },
    { type: 'display', data: { 'image/png': Uint8Array.of(1), 'text/plain': `](${server}/alt) ${text}` } },
    { type: 'display', data: { 'application/json': { [text]: text }, 'text/plain': text } },
    { type: 'display', data: { [text]: text } },
    { type: 'display', data: { 'text/latex': text } },
  ]);
  const pictures: SavedOutput[] = [svg, sly].map((value) => ({
    type: 'display',
    data: { 'image/svg+xml': value, 'text/plain': pieces[0] },
  }));
  const cell = (index: number, more: Partial<NotebookCell>): NotebookCell => ({
    id: `c${index}`,
    kind: 'markdown',
    source: '',
    tags: [],
    outputs: [],
    unknown: {},
    ...more,
  });
  const breaking = `\u2028globalThis.acted = 1;\u2029//${pieces[2]}`;
  return {
    version: 1,
    title: `${pieces[1]}${breaking}`,
    cells: [
      cell(0, { source: '- a list' }),
      cell(1, { source: `    ${pieces[0]}` }),
      ...words.map((source, index) => cell(2 + index, { source })),
      cell(90, { source: `words\rglobalThis.acted = 2;${breaking}` }),
      cell(91, {
        kind: 'code',
        source: `// ${words.join(' ').replaceAll('\n', ' ')}`,
        tags: [...words, breaking],
        outputs: [...outputs, ...pictures],
      }),
    ],
    environment: { dinnb: pieces[1], [pieces[0]!]: pieces[2] },
    unknown: {},
  };
}

describe.skipIf(!CHROMIUM)('what a hostile notebook is exported to, in a real browser', () => {
  let space: Workspace;
  let server: Server;
  let browser: Browser;
  let address: string;
  const heard: string[] = [];

  beforeAll(async () => {
    space = new Workspace();
    server = createServer((request, response) => {
      heard.push(request.url!);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    space.write('hostile.dinnb', printNotebook(hostileNotebook(address)));
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    space?.remove();
  });

  async function opened(file: string): Promise<Page> {
    const page = await browser.newPage();
    page.on('dialog', (dialog) => heard.push(`dialog ${dialog.message()}`));
    await page.goto(pathToFileURL(space.path(file)).href, { waitUntil: 'load' });
    // What a person would do by mistake.
    for (const link of await page.locator('a').all()) {
      const href = (await link.getAttribute('href')) ?? '';
      if (!/^(?:https?:|#|mailto:)/.test(href)) await link.dispatchEvent('click');
    }
    // Whatever was started has been sent before this comes back.
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
    expect(await page.title()).not.toBe('hacked');
    expect(page.url()).toBe(pathToFileURL(space.path(file)).href);
    return page;
  }

  it('the server hears who asks it: what this test relies on', async () => {
    space.write('plain.html', `<img src="${address}/heard">`);
    await (await opened('plain.html')).close();
    expect(heard).toEqual(['/heard']);
    heard.length = 0;
  });

  it.each(['shown', 'folded', 'hidden'])('html, code %s', async (code) => {
    const { stdout, stderr } = await space.dinnb('export', 'hostile.dinnb', '--to', 'html', '--code', code);
    expect(stdout, stderr).toBe('hostile.html\n');
    const page = await opened('hostile.html');
    await page.locator('.rich-live [role=tree], .rich-live *').first().waitFor();
    expect(
      await page.locator('main [onerror], main [onload], main script:not([type="application/json"])').count(),
    ).toBe(0);
    expect(heard).toEqual([]);
    await page.close();
  });

  it('md, shown by a viewer that trusts everything', async () => {
    const { code, stderr } = await space.dinnb('export', 'hostile.dinnb', '--to', 'md');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/pieces of HTML in the texts are shown as text/);
    const viewer = new MarkdownIt({ html: true, linkify: true });
    viewer.validateLink = () => true;
    space.write('md.html', `<meta charset="utf-8">${viewer.render(space.read('hostile.md'))}`);
    const page = await opened('md.html');
    expect(await page.locator('script, iframe, [onerror], [onload], [onfocus], [href^="java"]').count()).toBe(0);
    await page.close();
    // Its pictures, each opened by itself.
    for (const file of readdirSync(space.path('hostile_files')))
      if (file.endsWith('.svg')) await (await opened(`hostile_files/${file}`)).close();
    expect(heard).toEqual([]);
  });

  it('pdf, while it is printed', async () => {
    const { code, stderr } = await space.dinnb('export', 'hostile.dinnb', '--to', 'pdf');
    expect(code, stderr).toBe(0);
    expect(space.read('hostile.pdf')).not.toContain('/JavaScript');
    expect(heard).toEqual([]);
  });

  it('ts: titles, tags and texts are comments, whatever ends lines in them', async () => {
    const { code, stderr } = await space.dinnb('export', 'hostile.dinnb', '--to', 'ts');
    expect(code, stderr).toBe(0);
    const { statements } = ts.createSourceFile('x.ts', space.read('hostile.ts'), ts.ScriptTarget.ES2022);
    expect(statements.map(({ kind }) => ts.SyntaxKind[kind])).toEqual([
      'ImportDeclaration',
      'FirstStatement',
      'FirstStatement',
    ]);
    expect(space.read('hostile.ts')).not.toMatch(/^(?!\/\/).*acted/m);
  });
});

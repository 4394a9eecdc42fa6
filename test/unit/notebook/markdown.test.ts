import { Window } from 'happy-dom';
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import { notebookToMarkdown } from '../../../src/notebook/convert/markdown';
import { neutralMarkdown } from '../../../src/notebook/convert/safe-markdown';
import type { NotebookCell, NotebookDocument } from '../../../src/notebook/document';

const text = (source: string) => neutralMarkdown(source).text;
/** As a viewer shows it that trusts everything. */
const shown = (source: string) => {
  const viewer = new MarkdownIt({ html: true });
  viewer.validateLink = () => true;
  return viewer.render(source);
};
const { document } = new Window();

/** What could run or load something, looked for in the page that comes of it. */
function hazards(html: string): string[] {
  document.body.innerHTML = html;
  return [...document.body.querySelectorAll('*')].flatMap((element) => {
    const isOdd = ['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'STYLE', 'LINK', 'META', 'FORM', 'SVG'].includes(
      element.tagName,
    );
    const attributes = [...element.attributes].filter(({ name, value: written }) => {
      const value = written ?? '';
      if (name === 'href') return /^\s*[a-z]+:/i.test(value) && !/^(?:https?|mailto):/.test(value);
      if (name === 'src') return !/^(?:data:image\/png;base64,|[\w.%/-]+$)/.test(value);
      return name.startsWith('on') || name === 'style';
    });
    return isOdd || attributes.length > 0 ? [element.outerHTML.slice(0, 200)] : [];
  });
}

describe('Markdown that does nothing where it is shown', () => {
  it.each([
    '# A heading\n\n*a* `code <b onclick=1>` and 1 < 2, `Array<number>`\n\n    indented <script>\n\n```html\n<script>x</script>\n```',
    '[a](https://example.org "t"), <https://example.org>, [b](other.md#x), <me@example.org>, [c]\n\n[c]: https://example.org',
    'a<br>b H<sub>2</sub>O <details>\n<summary>More</summary>\n\nwords\n\n</details>\n\n<!-- a comment -->\n\n![p](pic.png)',
    '![p](data:image/png;base64,AAAA) <img src="pic.png" alt="a" width="40">',
    '| a | b |\n| --- | --- |\n| `Map<string, number>` | 1 |',
  ])('keeps what is harmless as it is written: %s', (source) => {
    expect(neutralMarkdown(source)).toEqual({ text: source, found: [] });
  });

  it.each([
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)>'],
    ['a <script>alert(1)</script> b', 'a &lt;script>alert(1)&lt;/script> b'],
    ['[x](javascript:alert(1))', 'x'],
    ['[*x*](java&#115;cript:alert(1) "t") y', '*x* y'],
    ['[x](<java\\\nscript:alert(1)>)', '[x](<java\\\nscript:alert(1)>)'],
    ['[x](&Tab;javascript:alert(1))', 'x'],
    ['<javascript:alert(1)>', 'javascript:alert(1)'],
    ['[x][1]\n\n[1]: javascript:alert(1)', '[x][1]\n\n'],
    ['[x](data:text/html;base64,PHNjcmlwdD4=) [y](vbscript:x) [z](command:workbench.action.quit)', 'x y z'],
    ['![x](https://example.org/pixel.png)', '[x](https://example.org/pixel.png)'],
    [
      '![x](//example.org/p.png) ![y](\\\\\\\\example.org/p.png)',
      '[x](//example.org/p.png) [y](\\\\\\\\example.org/p.png)',
    ],
    ['![x][1]\n\n[1]: https://example.org/p.png', '[x][1]\n\n[1]: https://example.org/p.png'],
    ['!![x](https://example.org/p.png)', '[x](https://example.org/p.png)'],
    [
      '<img alt=" src=" title="" src="https://example.org/p.png">',
      '&lt;img alt=" src=" title="" src="https://example.org/p.png">',
    ],
    ['<div>\n[x](javascript:alert(1))\n</div>', '<div>\n[x](javascript:alert(1))\n</div>'],
    ['<div onclick=x>\n[x](javascript:alert(1))', '&lt;div onclick=x>\nx'],
    ['<!-- a --><!--> <img src=x onerror=y> -->', '<!-- a -->&lt;!--> &lt;img src=x onerror=y> -->'],
  ])('%s becomes %s', (source, expected) => {
    expect(text(source)).toBe(expected);
    expect(hazards(shown(expected))).toEqual([]);
  });

  it('where viewers read a text otherwise than each other, it is shown as code', () => {
    const source = '| a | b | c |\n| - | - | - |\n| `x | <img src=x onerror=alert(1)> | y` |';
    expect(neutralMarkdown(source)).toEqual({ text: `\`\`\`markdown\n${source}\n\`\`\``, found: ['whole'] });
  });

  it('any mixture of such pieces is neutral, and stays so when it is read again', () => {
    const pieces = [
      '<img src=x onerror=a>',
      '[x](javascript:a)',
      '![y](http://h/p)',
      '`',
      '```',
      '~~~',
      '\n',
      '\n\n',
      '    ',
      '- ',
      '> ',
      '<',
      '>',
      '[',
      ']',
      '(',
      ')',
      '!',
      '\\',
      '&lt;',
      '<div>',
      '</div>',
      '<!--',
      '-->',
      '<a href="',
      '"',
      '[1]: javascript:b\n',
      '[1]',
      '|',
      '| - |\n',
      'words',
      '<script>',
      '<![CDATA[',
      ']]>',
      '*',
      '\t',
      '<http://h>',
      '#',
      '\r\n',
    ];
    let state = 7;
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let time = 0; time < 500; time++) {
      const source = Array.from({ length: 1 + random(14) }, () => pieces[random(pieces.length)]!).join('');
      const neutral = text(source);
      expect(hazards(shown(neutral))).toEqual([]);
      // Nothing that follows is drawn into it, or out of its fence.
      expect(hazards(shown(`${neutral}\n\n\`\`\`\`text\n\`\`\`\n<img src=x onerror=a>\n\`\`\`\``))).toEqual([]);
    }
  });

  it('takes time in proportion, also for texts that are nested deeply', () => {
    for (const piece of ['>', '- ', '[', '<', '![](', '`', '<div>', '*'])
      expect(hazards(shown(text(piece.repeat(2000))))).toEqual([]);
  });
});

const cell = (source: string, more: Partial<NotebookCell> = {}): NotebookCell => ({
  id: 'c',
  kind: 'markdown',
  source,
  tags: [],
  outputs: [],
  unknown: {},
  ...more,
});
const notebook = (...cells: NotebookCell[]): NotebookDocument => ({
  version: 1,
  cells: cells.map((each, index) => ({ ...each, id: each.id === 'c' ? `c${index + 1}` : each.id })),
  unknown: {},
});

describe('a notebook as Markdown', () => {
  it('texts that follow each other are read together: no cell draws the next into a list or a fence', () => {
    const hostile = '<img src=x onerror=alert(1)>';
    const output = { type: 'stream' as const, name: 'stdout' as const, text: `\`\`\`\n${hostile}\n` };
    const code = cell('x', { kind: 'code', outputs: [output] });
    for (const cells of [
      [cell('- a'), cell(`    ${hostile}`)],
      [cell('```'), code],
      [cell('~~~~'), code, cell(`~~~~\n${hostile}`)],
      [cell('<!--'), code, cell('-->')],
      [cell('[x][1]'), cell('[1]: javascript:alert(1)')],
    ])
      expect(hazards(shown(notebookToMarkdown(notebook(...cells), 'f').text))).toEqual([]);
  });

  it('a title is text', () => {
    const { text: made } = notebookToMarkdown(
      { ...notebook(cell('x')), title: `<img src=x onerror=a> [x](javascript:a) a_b` },
      'f',
    );
    expect(shown(made)).toContain('<h1>&lt;img src=x onerror=a&gt; [x](javascript:a) a_b</h1>');
  });

  it('tells what was changed, one or many', () => {
    const link = '[x](javascript:a)';
    expect(notebookToMarkdown(notebook(cell(link)), 'f').notes).toEqual([
      '1 link with a script or to something unusual keeps its words only',
    ]);
    expect(notebookToMarkdown(notebook(cell(link), cell(link)), 'f').notes).toEqual([
      '2 links with a script or to something unusual keep their words only',
    ]);
  });

  it('every picture has a file of its own', () => {
    const display = (value: number) => ({ type: 'display' as const, data: { 'image/png': Uint8Array.of(value) } });
    const cells = [
      cell('', { id: 'a', kind: 'code', outputs: [display(1)] }),
      cell('', { id: 'A', kind: 'code', outputs: [display(2)] }),
      cell('![p](attachment:p.png)', {
        id: 'b',
        unknown: { jupyter: { attachments: { 'p.png': { 'image/png': 'AAAA' } } } },
      }),
      cell('', { id: 'b-attachment', kind: 'code', outputs: [display(3)] }),
    ];
    const { files, text: made } = notebookToMarkdown(notebook(...cells), 'x (1)');
    expect([...files.keys()].map((name) => name.toLowerCase())).toHaveLength(
      new Set([...files.keys()].map((name) => name.toLowerCase())).size,
    );
    expect(files.size).toBe(4);
    for (const name of files.keys()) expect(made).toContain(`(x%20%281%29/${name})`);
  });

  it.each([
    '<svg><style>a{background:u\\72l(http://h)}</style></svg>',
    '<svg><image><set attributeName="href" to="http://h"/></image></svg>',
    '<svg><rect x="1"onload="a"/></svg>',
    '<svg><rect style="fill:image-set(\'http://h\' 1x)"/></svg>',
  ])('no file of a picture that could act: %s', (svg) => {
    const output = { type: 'display' as const, data: { 'image/svg+xml': svg, 'text/plain': 'drawn' } };
    const {
      files,
      text: made,
      notes,
    } = notebookToMarkdown(notebook(cell('x', { kind: 'code', outputs: [output] })), 'f');
    expect(files.size).toBe(0);
    expect(made).toContain('drawn');
    expect(notes).toEqual(['1 SVG picture with scripts or links is left out; text is kept']);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestKernel } from './kernel';

const H = 'const h = (tag: any, props: any, ...children: any[]) => ({ tag, ...props, children });\n';

describe("the tsconfig.json of a notebook's folder", () => {
  let kernel: TestKernel;
  let edits = 0;
  beforeAll(async () => {
    kernel = await TestKernel.start();
  });
  beforeEach(() => configure({}));
  afterAll(() => kernel.stop());

  /** Writes options; every edit is to be seen, however soon after another. */
  function configure(compilerOptions: object, more: object = {}): void {
    edits += 1;
    kernel.write('tsconfig.json', JSON.stringify({ compilerOptions, ...more, '//': '#'.repeat(edits) }));
  }

  it('paths name files, of cells and of files that they import; an edit counts, and of the file that is named as well', async () => {
    kernel.write('lib/deep/util.ts', "import { base } from '@lib/base';\nexport const value = base + 1;");
    kernel.write('lib/base.ts', 'export const base = 1;');
    kernel.write('lib/exact.ts', "export const value = 'exact';");
    configure({
      paths: { '@lib/*': ['./none/*', './lib/*'], '@lib/deep/*': ['./lib/deep/*'], exact: ['./lib/exact.ts'] },
    });
    expect(await kernel.value("import { value } from '@lib/deep/util'; value")).toBe('2');
    expect(await kernel.value("(await import('exact')).value")).toBe("'exact'");
    expect(await kernel.value("import { sep } from 'node:path'; typeof sep")).toBe("'string'");
    kernel.write('lib/base.ts', 'export const base = 100; // another');
    expect(await kernel.value("import { value } from '@lib/deep/util'; value")).toBe('101');
    configure({ paths: { exact: ['./lib/base.ts'] } });
    expect(await kernel.value("(await import('exact')).base")).toBe('100');
    const { result } = await kernel.run("import '@lib/none';");
    expect(result.error?.message).toContain("Cannot find package '@lib/none'");
  });

  it('paths may begin with #; where they lead to declarations, values are those of the package', async () => {
    kernel.write('lib/names.ts', "export const name = 'by paths';");
    kernel.write('stub.d.ts', 'export interface Stub { a: 1 }\nexport declare const real: string;');
    kernel.write('types-only.d.ts', 'export interface Only { a: 1 }');
    kernel.write('node_modules/typed-package/package.json', '{ "name": "typed-package", "main": "main.js" }');
    kernel.write('node_modules/typed-package/main.js', "exports.real = 'value';");
    configure({
      paths: { '#lib/*': ['./lib/*'], 'typed-package': ['./stub.d.ts'], 'only-types': ['./types-only.d.ts'] },
    });
    expect(await kernel.value("import { name } from '#lib/names'; name")).toBe("'by paths'");
    expect(await kernel.value("import { real } from 'typed-package'; real")).toBe("'value'");
    expect(await kernel.value("import { Only } from 'only-types'; typeof Only")).toBe("'undefined'");
    expect((await kernel.run("import '#none';")).result.error?.message).toContain('#none');
  });

  it('extends counts, and baseUrl', async () => {
    kernel.write('config/base.json', JSON.stringify({ compilerOptions: { baseUrl: '../shared', jsxFactory: 'h' } }));
    kernel.write('shared/of/base.ts', "export const found = 'by baseUrl';");
    configure({}, { extends: './config/base.json' });
    expect(await kernel.value("import { found } from 'of/base'; found")).toBe("'by baseUrl'");
    expect(await kernel.value(`${H}(<b id="x">text</b>).children`)).toBe("[ 'text' ]");
    expect(await kernel.value("import { readFileSync } from 'fs'; typeof readFileSync")).toBe("'function'");
  });

  it('old decorators with metadata where they are wanted, and new ones elsewhere', async () => {
    const decorated = `const seen: unknown[] = [];
(Reflect as any).metadata = (key: string, value: unknown) => () => { seen.push([key, value === Number ? 'Number' : 'other']); };
function field(...args: unknown[]) { seen.push(args.length); }
class Row { @field price!: number }
seen`;
    configure({ experimentalDecorators: true, emitDecoratorMetadata: true });
    expect(await kernel.value(decorated)).toBe("[ [ 'design:type', 'Number' ], 3 ]");
    kernel.write('row.ts', decorated.replace(/\nseen$/, '\nexport { seen };'));
    expect(await kernel.value("import { seen as of } from './row'; of")).toBe("[ [ 'design:type', 'Number' ], 3 ]");
    configure({});
    expect(
      await kernel.value(
        'let kind: unknown; const tell = (_: unknown, c: any) => { kind = c.kind; };\n@tell class Named {}\nkind',
      ),
    ).toBe("'class'");
  });

  it('jsx: with a factory, and with a package of its own', async () => {
    configure({ jsx: 'react', jsxFactory: 'h' });
    expect(await kernel.value(`${H}const name = 'Ada';\n<p class="x">hello {name}</p>`)).toBe(
      "{ tag: 'p', class: 'x', children: [ 'hello ', 'Ada' ] }",
    );
    kernel.write('node_modules/tiny/package.json', '{ "name": "tiny", "exports": { "./jsx-runtime": "./jsx.js" } }');
    kernel.write(
      'node_modules/tiny/jsx.js',
      'exports.jsx = (tag, props) => [tag, props]; exports.jsxs = exports.jsx; exports.Fragment = "fragment";',
    );
    for (const jsx of ['react-jsx', 'preserve']) {
      configure({ jsx, jsxImportSource: 'tiny' });
      expect(await kernel.value('<><b>bold</b> and <i/></>')).toContain("'fragment'");
    }
    kernel.write('view.tsx', 'export const view = <b>from a file</b>;');
    expect(await kernel.value("import { view } from './view'; view")).toBe("[ 'b', { children: 'from a file' } ]");
  });

  it('cells without JSX are read as before: assertions, generic arrows, comparisons', async () => {
    expect(await kernel.value('const id = <T>(x: T) => x; <number>id(1) < 2 && "</b>" !== "/>"')).toBe('true');
    const { result } = await kernel.run('const x = <div>never closed;\nx </');
    expect(result.error?.name).toBe('SyntaxError');
  });

  it('what is wrong with it is said once, with its line, and cells run', async () => {
    kernel.write('tsconfig.json', '{\n  "compilerOptions": {\n    "jsx": "sideways",\n    "jsxFactory": "h"\n  }\n}\n');
    const first = await kernel.run(`${H}(<b/>).tag`);
    expect(first.value).toBe("'b'");
    const said = first.outputs
      .map((output) => (output.type === 'stream' && output.name === 'stderr' ? output.text : ''))
      .join('');
    expect(said).toMatch(/tsconfig\.json:3: Argument for '--jsx' option must be/);
    expect((await kernel.run('1')).outputs).toHaveLength(1);
    kernel.write('tsconfig.json', '{ "compilerOptions": { "jsxFactory": "h", \n "extends"');
    const broken = await kernel.run('2');
    expect(broken.value).toBe('2');
    expect(JSON.stringify(broken.outputs)).toMatch(/tsconfig\.json:2: /);
    configure({}, { extends: './gone.json' });
    expect(JSON.stringify((await kernel.run('3')).outputs)).toMatch(/gone\.json/);
  });
});

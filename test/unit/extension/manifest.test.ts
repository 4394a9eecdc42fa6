import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { CODE_LANGUAGE } from '../../../src/extension/vs';

const root = path.resolve(__dirname, '..', '..', '..');
const read = (file: string) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
const manifestOf = read('package.json');
const { contributes } = manifestOf;

describe('the language of cells', () => {
  const language = contributes.languages.find(({ id }: { id: string }) => id === CODE_LANGUAGE);

  it('is one of our own, that no file has', () => {
    expect(CODE_LANGUAGE).not.toBe('typescript');
    expect(language).toBeDefined();
    for (const key of ['extensions', 'filenames', 'filenamePatterns']) expect(language).not.toHaveProperty(key);
  });

  it('is coloured as TypeScript', () => {
    const grammar = contributes.grammars.find((one: { language: string }) => one.language === CODE_LANGUAGE);
    const { scopeName, patterns } = read(grammar.path);
    expect(scopeName).toBe(grammar.scopeName);
    expect(patterns).toEqual([{ include: 'source.ts' }]);
    const scopes = contributes.semanticTokenScopes.find((one: { language: string }) => one.language === CODE_LANGUAGE);
    expect(scopes).toBeDefined();
  });

  it('knows brackets, comments, folding and indentation; its patterns are regular expressions', () => {
    const configuration = read(language.configuration);
    expect(configuration.comments).toEqual({ lineComment: '//', blockComment: ['/*', '*/'] });
    const closed = configuration.autoClosingPairs.map(
      ({ open, close }: { open: string; close: string }) => open + close,
    );
    for (const pair of ['()', '[]', '{}', "''", '""', '``']) expect(closed).toContain(pair);
    const { indentationRules, folding, wordPattern } = configuration;
    const pattern = (rule: string | { pattern: string }) => new RegExp(typeof rule === 'string' ? rule : rule.pattern);
    expect(pattern(indentationRules.increaseIndentPattern).test('function f() {')).toBe(true);
    expect(pattern(indentationRules.increaseIndentPattern).test('f();')).toBe(false);
    expect(pattern(indentationRules.decreaseIndentPattern).test('}')).toBe(true);
    expect(pattern(folding.markers.start).test('// #region data')).toBe(true);
    expect(pattern(wordPattern).exec('$historyLength.x')?.[0]).toBe('$historyLength');
  });
});

describe('the README, which is the page of the marketplace', () => {
  const text = readFileSync(path.join(root, 'README.md'), 'utf8');

  it('links to what is in the package', () => {
    const stage = readFileSync(path.join(root, 'scripts', 'package.mjs'), 'utf8');
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)]
      .map(([, link]) => link!)
      .filter((link) => !/^(https?:|#)/.test(link));
    expect(links.length).toBeGreaterThan(5);
    for (const link of links) {
      expect(existsSync(path.join(root, link)), link).toBe(true);
      // Folders of which the package takes such files.
      const [folder] = link.split('/');
      const rule = new RegExp(`^ {2}${folder}: /(.*)/,$`, 'm').exec(stage)?.[1];
      expect(rule, link).toBeDefined();
      expect(link).toMatch(new RegExp(rule!));
    }
  });

  it('begins with pictures, and says how to install before how to clone', () => {
    expect(text.indexOf('](media/readme/first-hour.png)')).toBeGreaterThan(0);
    expect(text.indexOf('## Install')).toBeGreaterThan(0);
    expect(text.indexOf('## Install')).toBeLessThan(text.indexOf('## From a clone'));
    for (const [, command] of text.matchAll(/\*dinnb: ([^*]+)\*/g))
      expect(Object.values(read('package.nls.json'))).toContain(command);
  });
});

describe('what the manifest says', () => {
  const manifest = readFileSync(path.join(root, 'package.json'), 'utf8');
  const english = read('package.nls.json');
  const keys = [...new Set([...manifest.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key!))];

  it('is there in English and in Simplified Chinese, and nothing more', () => {
    expect(keys.length).toBeGreaterThan(40);
    expect(Object.keys(english).sort()).toEqual([...keys].sort());
    const chinese = read('package.nls.zh-cn.json');
    expect(Object.keys(chinese).sort()).toEqual([...keys].sort());
    for (const key of keys) expect(chinese[key], key).toMatch(/[\u4e00-\u9fff]|WebAssembly/);
  });

  it('messages of the extension are there in Simplified Chinese, with the same places, and nothing more', () => {
    const folder = path.join(root, 'src', 'extension');
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const messages = new Set<string>();
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && /\bl10n\.t$/.test(node.expression.getText())) {
        const [message] = node.arguments;
        // Another expression would be found by no translator.
        if (!message || !ts.isStringLiteralLike(message)) throw new Error(`not a literal: ${node.getText()}`);
        messages.add(message.text);
      }
      ts.forEachChild(node, visit);
    };
    for (const name of sources) {
      const text = readFileSync(path.join(folder, name), 'utf8');
      visit(ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true));
    }
    const chinese: { [message: string]: string } = read(`${manifestOf.l10n}/bundle.l10n.zh-cn.json`);
    expect(messages.size).toBeGreaterThan(50);
    expect(Object.keys(chinese).sort()).toEqual([...messages].sort());
    const places = (text: string) => (text.match(/\{\d+\}/g) ?? []).sort();
    for (const [message, text] of Object.entries(chinese)) {
      expect(text, message).toMatch(/[\u4e00-\u9fff]/);
      expect(places(text), message).toEqual(places(message));
    }
  });

  it('whatever the extension shows is in the language of the editor', () => {
    const folder = path.join(root, 'src', 'extension');
    const shown = /^(tooltip|placeHolder|title|label|detail|description|prompt|message|text|name)$/;
    // Errors of kernels are English, as those of cells are.
    const english = new Set(['kernel.ts', 'cell-queue.ts', 'output-items.ts']);
    // Names of things that no language translates, and what is written for a language model and not for people.
    const apart = /^(\$\([\w-]+(~spin)?\)|[^A-Za-z]|dinnb|Node|HTML|Jupyter|TensorFlow|Cell)*$/;
    const found: string[] = [];
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts') || english.has(path.basename(name))) continue;
      const file = ts.createSourceFile(
        name,
        readFileSync(path.join(folder, name), 'utf8'),
        ts.ScriptTarget.ES2022,
        true,
      );
      const words = (node: ts.Node): string[] => {
        if (ts.isStringLiteralLike(node)) return [node.text];
        if (ts.isTemplateExpression(node))
          return [
            node.head.text,
            ...node.templateSpans.flatMap(({ literal, expression }) => [...words(expression), literal.text]),
          ];
        if (ts.isConditionalExpression(node)) return [...words(node.whenTrue), ...words(node.whenFalse)];
        return [];
      };
      const check = (node: ts.Node) => {
        for (const text of words(node)) if (!apart.test(text)) found.push(`${name}: ${text}`);
      };
      const visit = (node: ts.Node): void => {
        if (
          ts.isCallExpression(node) &&
          /window\.(show\w*Message|setStatusBarMessage)$/.test(node.expression.getText())
        )
          node.arguments.forEach(check);
        if (ts.isNewExpression(node) && /StatusBarItem$/.test(node.expression.getText()))
          node.arguments?.forEach(check);
        const isItem = ts.isPropertyAccessExpression(node) && /\bitem\.\w+$/.test(node.getText());
        if (isItem && shown.test(node.name.text) && ts.isBinaryExpression(node.parent)) check(node.parent.right);
        const property = ts.isPropertyAssignment(node) ? node.name.getText() : 'name';
        if (ts.isPropertyAssignment(node) && property !== 'name' && property !== 'text' && shown.test(property))
          check(node.initializer);
        ts.forEachChild(node, visit);
      };
      visit(file);
    }
    expect(found).toEqual([]);
  });

  it('every command that is offered is registered, with steps of the walkthrough that can be completed', () => {
    const commands = new Set(contributes.commands.map(({ command }: { command: string }) => command));
    const steps = contributes.walkthroughs.flatMap(
      ({ steps }: { steps: { completionEvents: string[]; media: { markdown: string } }[] }) => steps,
    );
    expect(steps.length).toBeGreaterThan(4);
    for (const { completionEvents, media } of steps) {
      expect(readFileSync(path.join(root, media.markdown), 'utf8').length).toBeGreaterThan(50);
      for (const event of completionEvents) {
        const [kind, name] = event.split(':');
        if (kind === 'onCommand') expect(commands).toContain(name);
        else expect(event).toBe('onView:dinnb.variables');
      }
    }
    for (const [, command] of JSON.stringify(english).matchAll(/\(command:([\w.]+)\)/g))
      expect(commands).toContain(command);
    for (const { command } of contributes.keybindings) {
      if (command.startsWith('dinnb.')) expect(commands).toContain(command);
    }
  });

  it('snippets are TypeScript once their places are filled', () => {
    for (const { path: file } of contributes.snippets) {
      for (const [name, { prefix, body }] of Object.entries(
        read(file) as { [name: string]: { prefix: string; body: string[] } },
      )) {
        expect(prefix, name).toMatch(/^din-/);
        const filled = body
          .join('\n')
          .replace(/\$\{\d+\|([^,|]+)[^}]*\}/g, '$1')
          .replace(/\$\{\d+:([^}]*)\}/g, '$1')
          .replace(/\$\d+/g, '');
        const { diagnostics } = ts.transpileModule(filled, {
          reportDiagnostics: true,
          compilerOptions: { module: ts.ModuleKind.ESNext },
        });
        expect(diagnostics, name).toEqual([]);
      }
    }
  });
});

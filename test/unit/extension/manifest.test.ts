import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CODE_LANGUAGE } from '../../../src/extension/vs';

const root = path.resolve(__dirname, '..', '..', '..');
const read = (file: string) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
const { contributes } = read('package.json');

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

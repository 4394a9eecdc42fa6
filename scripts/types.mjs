// Declarations for the editor, each package as one file: what a language service reads of TensorFlow.js and Node are hundreds of
// files otherwise, and looking for them takes longer than understanding them. Made by scripts/build.mjs; docs/editor.md says more.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const OPTIONS = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  skipLibCheck: true,
  noEmit: true,
};
/** Backends of browsers: of them only the names are told, which TensorFlow.js hands on. */
const NAMES_ONLY = ['@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-backend-webgl'];

/** A file of a package as the module name that others may import it by: `@tensorflow/tfjs-core/dist/tensor`. */
function moduleName(file, entries) {
  return entries.get(file) ?? /^.*\/node_modules\/(?:@types\/)?(.*?)(?:\.d)?\.ts$/.exec(file)[1];
}

function applyEdits(text, edits) {
  let result = text;
  for (const { start, end, by } of [...edits].sort((a, b) => b.start - a.start))
    result = result.slice(0, start) + by + result.slice(end);
  return result;
}

/** The string literals of a file that name modules. */
function specifiersOf(file) {
  const found = [];
  const visit = (node) => {
    const named =
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier
        ? node.moduleSpecifier
        : ts.isExternalModuleReference(node)
          ? node.expression
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name)
              ? node.name
              : undefined;
    if (named) found.push(named);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Exported constants without a comment, each with that of the function of its name and `_`. */
function documentedTwins(file) {
  const commentOf = (node) => node.jsDoc?.at(-1);
  const functions = new Map();
  for (const statement of file.statements) {
    const comment = ts.isFunctionDeclaration(statement) && statement.name?.text.endsWith('_') && commentOf(statement);
    if (comment) functions.set(statement.name.text, comment);
  }
  const twins = new Map();
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement) || commentOf(statement)) continue;
    const { name } = statement.declarationList.declarations[0];
    const comment = ts.isIdentifier(name) && functions.get(`${name.text}_`);
    if (comment)
      twins.set(statement, {
        comment: file.text.slice(comment.pos, comment.end),
        from: { start: comment.pos, end: comment.end },
      });
  }
  return twins;
}

/** A file as an ambient module. */
function asAmbient(file, files, entries) {
  const ours = new Set(files.map(({ fileName }) => fileName));
  const edits = [];
  for (const literal of specifiersOf(file)) {
    const { resolvedModule } = ts.resolveModuleName(literal.text, file.fileName, OPTIONS, ts.sys);
    if (!resolvedModule || !ours.has(resolvedModule.resolvedFileName)) continue;
    const by = JSON.stringify(moduleName(resolvedModule.resolvedFileName, entries));
    edits.push({ start: literal.getStart(file), end: literal.end, by });
  }
  for (const statement of file.statements) {
    const declare = ts.canHaveModifiers(statement)
      ? ts.getModifiers(statement)?.find(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)
      : undefined;
    if (!declare) continue;
    // What augments a module stands beside it: there both are one.
    edits.push({ start: declare.getStart(file), end: declare.end + 1, by: '' });
  }
  // TensorFlow.js documents `sigmoid_`, an operation's function, and exports `sigmoid`, which is the same with a scope of its own.
  for (const [statement, { comment, from }] of documentedTwins(file)) {
    edits.push(
      { ...from, by: '' },
      { start: statement.getStart(file), end: statement.getStart(file), by: `${comment}\n` },
    );
  }
  const augmentations = [];
  for (const statement of file.statements) {
    if (!ts.isModuleDeclaration(statement) || !ts.isStringLiteral(statement.name)) continue;
    const imports = file.statements.filter(ts.isImportDeclaration);
    const place = (node) => {
      const from = node.getFullStart();
      const inside = edits.filter(({ start, end }) => start >= from && end <= node.end);
      return applyEdits(
        file.text.slice(from, node.end),
        inside.map((edit) => ({ ...edit, start: edit.start - from, end: edit.end - from })),
      );
    };
    const body = shortened(place(statement));
    const brace = body.indexOf('{');
    augmentations.push(`declare ${body.slice(0, brace + 1)}${imports.map(place).join('')}${body.slice(brace + 1)}`);
    for (let i = edits.length - 1; i >= 0; i--)
      if (edits[i].start >= statement.getFullStart() && edits[i].end <= statement.end) edits.splice(i, 1);
    edits.push({ start: statement.getStart(file), end: statement.end, by: '' });
  }
  const text = shortened(applyEdits(file.text, edits));
  const own = `declare module ${JSON.stringify(moduleName(file.fileName, entries))} {\n${text}\n}\n`;
  return own + augmentations.map((one) => `${shortened(one)}\n`).join('');
}

/** The text with each documentation comment as a function gives it. */
function withComments(text, change) {
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, false, ts.LanguageVariant.Standard, text);
  const edits = [];
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    if (token !== ts.SyntaxKind.MultiLineCommentTrivia) continue;
    const comment = scanner.getTokenText();
    if (comment.startsWith('/**'))
      edits.push({ start: scanner.getTokenStart(), end: scanner.getTokenEnd(), by: change(comment) });
  }
  return applyEdits(text, edits);
}

/** Without licences, references and what else says nothing about a type. */
function shortened(text) {
  return withComments(text, (comment) => (comment.includes('@license') ? '' : comment))
    .replace(/^\/\/\/ <.*>\s*$/gm, '')
    .replace(/^\/\/# sourceMappingURL=.*$/gm, '')
    .replace(/^\s*export \{\};?\s*$/gm, '')
    .replace(/\n{2,}/g, '\n')
    .trim();
}

/** The names that a module exports, each anything. */
function namesOf(program, name, file) {
  const checker = program.getTypeChecker();
  const symbol = checker.getSymbolAtLocation(program.getSourceFile(file));
  const names = checker.getExportsOfModule(symbol).map((one) => one.name);
  return `declare module ${JSON.stringify(name)} {\n${names.map((one) => `export const ${one}: any;\nexport type ${one} = any;`).join('\n')}\n}\n`;
}

const posix = (file) => file.split(path.sep).join('/');

function tensorflow(root) {
  const modules = path.join(root, 'node_modules');
  const packages = [
    'tfjs',
    'tfjs-core',
    'tfjs-layers',
    'tfjs-converter',
    'tfjs-data',
    'tfjs-backend-cpu',
    'tfjs-backend-webgl',
  ];
  const entries = new Map();
  for (const name of packages) {
    const folder = path.join(modules, '@tensorflow', name);
    const { types, typings } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    entries.set(posix(path.join(folder, types ?? typings)), `@tensorflow/${name}`);
  }
  const [main] = entries.keys();
  const program = ts.createProgram([main], { ...OPTIONS, types: [], noLib: true });
  const files = program
    .getSourceFiles()
    .filter(
      ({ fileName }) =>
        fileName.includes('/@tensorflow/') && !NAMES_ONLY.some((name) => fileName.includes(`/${name}/`)),
    );
  const browsers = [...entries].filter(([, name]) => NAMES_ONLY.includes(name));
  return [
    `// TensorFlow.js' declarations (Apache License 2.0, Google LLC), put together from its packages.`,
    ...files.map((file) => asAmbient(file, files, entries)),
    ...browsers.map(([file, name]) => namesOf(program, name, file)),
    'declare module "@tensorflow/tfjs-node" {\nexport * from "@tensorflow/tfjs";\n}\n',
  ].join('\n');
}

/** Node's comments without examples: what is left is what a hover has room for. */
function brief(comment) {
  if (!comment.includes('\n')) return comment;
  const lines = comment
    .slice(3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  const kept = [];
  let example = false;
  for (const line of lines) {
    if (line.trimStart().startsWith('```')) {
      example = !example;
      continue;
    }
    if (example || /^@(since|see|legacy|experimental)\b/.test(line)) continue;
    if (line !== '' || kept.at(-1) !== '') kept.push(line);
  }
  // The first paragraphs, and what is said of parameters and results.
  const tags = kept.findIndex((line) => line.startsWith('@'));
  const prose = (tags < 0 ? kept : kept.slice(0, tags)).join('\n').trim().split('\n\n').slice(0, 2).join('\n\n');
  const rest =
    tags < 0
      ? ''
      : kept
          .slice(tags)
          .filter((line) => line !== '')
          .join('\n');
  const text = [prose, rest].filter((part) => part !== '').join('\n');
  return text === ''
    ? ''
    : `/**\n${text
        .split('\n')
        .map((line) => ` * ${line}`)
        .join('\n')}\n */`;
}

function node(root) {
  const folder = path.join(root, 'node_modules', '@types', 'node');
  const program = ts.createProgram([path.join(folder, 'index.d.ts')], { ...OPTIONS, types: [], noLib: true });
  const files = program.getSourceFiles().filter(({ fileName }) => /\/(@types\/node|undici-types)\//.test(fileName));
  const libs = new Set(files.flatMap((file) => file.libReferenceDirectives.map(({ fileName }) => fileName)));
  const entries = new Map([[posix(path.join(root, 'node_modules', 'undici-types', 'index.d.ts')), 'undici-types']]);
  const texts = files.map((file) =>
    ts.isExternalModule(file) ? asAmbient(file, files, entries) : shortened(file.text),
  );
  const all = [
    `// Node's declarations (MIT License, the contributors of DefinitelyTyped and undici), put together and with shorter comments.`,
    ...[...libs].map((lib) => `/// <reference lib="${lib}" />`),
    ...texts,
  ];
  return withComments(all.join('\n'), brief);
}

/** Writes what `src/language/globals.ts` (`shippedDeclarations`) finds. */
export function writeTypes(root, folder) {
  mkdirSync(path.join(folder, 'node'), { recursive: true });
  writeFileSync(path.join(folder, 'tensorflow.d.ts'), tensorflow(root));
  writeFileSync(path.join(folder, 'node', 'index.d.ts'), node(root));
}

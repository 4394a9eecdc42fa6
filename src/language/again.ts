import { AGAIN } from './globals';
import type { CellImport, CellNames, CellVars } from './names';
import { asAnything, leftOut, type ParsedCell, withBlanks } from './parsed-cell';

// What a name is in a later cell: declared again, imported again, or of a type that one cell had narrowed.

/** The globals that an import, written out, would declare as the same. */
export const PRELOADED: { readonly [name: string]: string } = { tf: '* of @tensorflow/tfjs', din: '* of dinnb/din' };

/**
 * What has no place in a block, where a name is declared again: a `var` of a nested statement, or one of several, and a namespace would be
 * the whole module's. They become assignments, or blank, to variables that may be anything.
 */
export function declaredAgain(
  cell: ParsedCell,
  known: ReadonlyMap<string, string>,
): { cell: ParsedCell; declared: string } {
  const { vars, namespaces } = cell.names;
  const again = new Set<string>();
  const lists = new Set<CellVars>();
  // A list takes its other names along, and these the lists that have them too.
  for (let found = true; found; ) {
    found = false;
    for (const list of vars) {
      if (lists.has(list) || !list.names.some((name) => known.has(name) || again.has(name))) continue;
      lists.add(list);
      found = true;
      if (list.form !== 'let') for (const name of list.names) again.add(name);
    }
  }
  if ([...lists].some(({ form }) => form === 'fixed'))
    return { cell: leftOut(cell.text, cell.errors, cell.names), declared: '' };
  const blank = namespaces.filter(({ name }) => known.has(name));
  for (const { name } of blank) again.add(name);
  let { text } = cell;
  for (const { at, form } of lists) text = `${text.slice(0, at)}${form === 'let' ? 'let' : '   '}${text.slice(at + 3)}`;
  text = withBlanks(
    text,
    blank.flatMap(({ spans }) => spans),
  );
  return { cell: { ...cell, text }, declared: [...again].map(asAnything).join('') };
}

/**
 * An import declares its names for the whole module, blocks or not. Those of new names, or of names that are the same import already, may
 * stand (`fresh`); others are replaced by declarations, which a block may hold.
 */
export function sortImports(
  { imports }: CellNames,
  known: ReadonlyMap<string, string>,
): { fresh: ReadonlyMap<string, string>; replaced: readonly CellImport[] } {
  const fresh = new Map<string, string>();
  const replaced: CellImport[] = [];
  for (const one of imports) {
    const bindings = one.bindings.map(({ name, imported }) => ({ name, is: `${imported} of ${one.module}` }));
    if (bindings.some(({ name, is }) => (known.get(name) ?? is) !== is)) replaced.push(one);
    else for (const { name, is } of bindings) fresh.set(name, is);
  }
  return { fresh, replaced };
}

/** The import as declarations of a value and, where there is one, a type of each name. */
export function asDeclaration({ module, bindings }: CellImport): string {
  const from = JSON.stringify(module);
  return bindings
    .map(({ name, imported }) => {
      if (imported === '=') return `const ${name} = null! as typeof import(${from});`;
      if (imported === '*') return `const ${name} = await import(${from});`;
      return `const { ${imported}: ${name} } = await import(${from});type ${name} = import(${from}).${imported};`;
    })
    .join('');
}

/**
 * Behind a cell: a name is again what it was declared as, as inside functions. Other cells may have run before the next, and a parameter may
 * have another value: after `let best: number | null = null` it is not always null. An assignment would make of it, for closures, a variable
 * that changes; one to `(0, name)`, which TypeScript takes for none, only ends what it knows of the value.
 */
export function withoutNarrowing(
  { narrowed, evolving: started, assigned }: CellNames,
  evolving: ReadonlySet<string>,
  inside: ReadonlySet<string>,
  parameters: readonly string[],
): string {
  const isEvolving = (path: string) => evolving.has(path.split('.')[0]!);
  const other = assigned.filter((path) => !isEvolving(path) || inside.has(path));
  return [...new Set([...parameters, ...narrowed, ...started.filter((name) => inside.has(name)), ...other])]
    .map((path) => {
      // Its type is what it was assigned last, and functions may have assigned anything.
      if (isEvolving(path)) return `;(0,${path})=null!as any`;
      const type = 'ReturnType<typeof __dinnb_declared>';
      const value = parameters.includes(path) ? type : `${AGAIN}<typeof ${path},${type}>`;
      return `;{function __dinnb_declared(){return ${path}}(0,${path})=null!as ${value}}`;
    })
    .join('');
}

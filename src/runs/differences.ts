import { isDeepStrictEqual } from 'node:util';
import { textHash } from '../base/hash';
import { listed } from '../base/words';
import type { ImportedPackage, LockedPackage } from '../language/imports';
import { type NotebookDocument, numberedCells } from '../notebook/document';
import type { Environment } from './certificate';
import { fileHash } from './file-hash';
import { dataPath, type Provenance, parametersHash } from './provenance';
import { readProvenance } from './read-provenance';

/** What speaks against a notebook before anything runs: its outputs are not what these sources, in this order, make. */
export interface Problem {
  kind: 'never run' | 'source' | 'order' | 'parameter' | 'data' | 'record' | 'shared';
  message: string;
  cell?: string;
}

/** Sources that changed since they ran, cells that ran out of order or never. */
export function findProblems(document: NotebookDocument): Problem[] {
  const { provenance, wrong } = readProvenance(document.environment);
  const { cells: ran, parameters = {}, parametersHash: hash } = provenance;
  const code = numberedCells(document.cells).filter(({ cell }) => cell.source.trim() !== '');
  const problems = wrong.map(
    (field): Problem => ({
      kind: 'record',
      message: `the environment block's ${field} is not what a run writes, and does not count`,
    }),
  );
  const given = Object.keys(parameters).length > 0;
  if (ran && (given || hash !== undefined) && hash !== parametersHash(parameters))
    problems.push({ kind: 'parameter', message: 'the parameters were changed after the run' });
  let last = { order: 0, number: 0 };
  for (const { cell, number } of code) {
    const name = `cell ${number} (${cell.id})`;
    if (!cell.execution && cell.outputs.length === 0) {
      problems.push({
        kind: 'never run',
        cell: cell.id,
        message: `${name} has never run, or its outputs were cleared`,
      });
      continue;
    }
    const record = ran && Object.hasOwn(ran, cell.id) ? ran[cell.id] : undefined;
    if (record && record.source !== textHash(cell.source))
      problems.push({ kind: 'source', cell: cell.id, message: `${name} was changed after it ran` });
    const order = record?.order ?? cell.execution?.count;
    if (order === undefined) continue;
    if (order < last.order)
      problems.push({
        kind: 'order',
        cell: cell.id,
        message: `${name} ran before cell ${last.number}, which stands above it`,
      });
    else last = { order, number };
  }
  return [...problems, ...findShared(code, ran)];
}

/** Cells that ran in a kernel in which other notebooks had run: what these left there may be in the results. */
function findShared(code: ReturnType<typeof numberedCells>, ran: Provenance['cells'] = {}): Problem[] {
  const found = code.flatMap(({ cell, number }) => {
    const { others = [] } = (Object.hasOwn(ran, cell.id) && ran[cell.id]) || {};
    return others.length > 0 ? [{ number, others }] : [];
  });
  if (found.length === 0) return [];
  const numbers = found.map(({ number }) => number);
  const cells = `${numbers.length === 1 ? 'cell' : 'cells'} ${listed(numbers)}`;
  const notebooks = listed([...new Set(found.flatMap(({ others }) => others))].sort());
  const message = `${cells} ran in a kernel shared with ${notebooks}: what was run there may be part of the results`;
  return [{ kind: 'shared', message }];
}

/** Data sets and workspace files that are gone or are not what they were. */
export async function findChangedFiles(document: NotebookDocument, folder: string): Promise<Problem[]> {
  const { data = {}, files = {} } = readProvenance(document.environment).provenance;
  const problems: Problem[] = [];
  const look = async (name: string, file: string, wanted: string | undefined, what: string) => {
    const hash = await fileHash(file);
    if (hash === wanted || wanted === undefined) return;
    problems.push({
      kind: 'data',
      message:
        hash === undefined
          ? `${what} ${name} is gone`
          : `${what} ${name} has changed: SHA-256 ${hash.slice(0, 12)}… instead of ${wanted.slice(0, 12)}…`,
    });
  };
  for (const [name, { sha256 }] of Object.entries(data)) await look(name, dataPath(folder, name), sha256, 'the data');
  for (const [name, sha256] of Object.entries(files)) await look(name, dataPath(folder, name), sha256, 'the file');
  return problems;
}

/** What of the machine that a notebook's outputs were made on is other now: to be said when it opens or runs. */
export function findOtherMachine(
  saved: Environment,
  now: { backend?: string; tensorflow?: string; processors?: number },
): string | undefined {
  const reasons = findReasons(saved, { ...now });
  return reasons.length > 0
    ? `The saved outputs were made elsewhere (${reasons.join('; ')}): numbers may differ.`
    : undefined;
}

/** An earlier dinnb recorded no code: then there is none to compare with. */
const packageText = (value: unknown, other: unknown): string => {
  const { version, integrity, code } = value as ImportedPackage;
  const isKnown = code !== undefined && (other as ImportedPackage | undefined)?.code !== undefined;
  const words = [integrity?.slice(0, 20), isKnown ? `code ${code.slice(0, 12)}` : undefined].filter(Boolean);
  return words.length > 0 ? `${version} (${words.join(', ')})` : version;
};

const dataText = (value: unknown): string => {
  const { sha256, bytes, rows } = value as { sha256?: string; bytes?: number; rows?: number };
  return [String(sha256).slice(0, 12), `${bytes} bytes`, ...(rows === undefined ? [] : [`${rows} rows`])].join(', ');
};

/** Why a rerun may differ: what it ran on and of, against what the notebook was made on and of. */
export function findReasons(saved: Environment, rerun: Environment): string[] {
  const [a, b] = [saved, rerun].map((environment) => readProvenance(environment).provenance) as [
    Partial<Provenance>,
    Partial<Provenance>,
  ];
  const reasons: string[] = [];
  const plain: [keyof Provenance, string][] = [
    ['backend', 'another backend'],
    ['tensorflow', 'another TensorFlow'],
    ['dinnb', 'another dinnb'],
    ['node', 'another Node'],
    ['platform', 'another platform'],
    ['processors', 'another number of processors'],
    ['cpu', 'another CPU'],
    ['locale', 'another locale'],
    ['timeZone', 'another time zone'],
  ];
  for (const [field, words] of plain) {
    const [old, now] = [a[field], b[field]].map((value) => (Array.isArray(value) ? value.join(' ') : value));
    if (old !== undefined && now !== undefined && old !== now) reasons.push(`${words}: ${now} instead of ${old}`);
  }
  const maps: [keyof Provenance, string, (value: unknown, other: unknown) => string][] = [
    ['parameters', 'parameter', String],
    ['packages', 'package', packageText],
    ['files', 'workspace file', (value) => String(value).slice(0, 12)],
    ['data', 'data', dataText],
  ];
  for (const [field, words, show] of maps) {
    if (b.dinnb === undefined) continue; // the machine alone is asked about
    const [old, now] = [a[field] ?? {}, b[field] ?? {}] as { [name: string]: unknown }[];
    for (const name of new Set([...Object.keys(old!), ...Object.keys(now!)])) {
      const shown = (value: unknown, other: unknown) => (value === undefined ? '(none)' : show(value, other));
      const [before, after] = [shown(old![name], now![name]), shown(now![name], old![name])];
      if (before !== after) reasons.push(`another ${words} ${name}: ${after} instead of ${before}`);
    }
  }
  return [...reasons, ...findOtherDependencies(a, b)];
}

/** Packages that packages need, by where the lock file has them: those that stand there in both, at another version or with other content. */
function findOtherDependencies(
  { packages, lock: then = {} }: Partial<Provenance>,
  { lock: now = {} }: Partial<Provenance>,
): string[] {
  return Object.entries(then).flatMap(([place, old]) => {
    const is = Object.hasOwn(now, place) ? now[place]! : undefined;
    const name = place.replace(/^.*node_modules\//, '');
    const isOwn = packages && Object.hasOwn(packages, name) && place === `node_modules/${name}`;
    if (!is || isOwn || (is.version === old.version && is.integrity === old.integrity)) return [];
    const shown = ({ version, integrity }: LockedPackage) =>
      packageText({ version: String(version), integrity }, undefined);
    return [`another package that packages need, ${name}: ${shown(is)} instead of ${shown(old)}`];
  });
}

/** Whether the same bits are to be expected: the same code on the same kind of machine. */
function claimsBitIdentity(saved: Environment, rerun: Environment): boolean {
  const names = ['backend', 'tensorflow', 'platform', 'processors', 'cpu', 'dinnb'];
  return names.every((name) => JSON.stringify(saved[name]) === JSON.stringify(rerun[name]));
}

type Fit = NonNullable<Provenance['fits']>[number];

/** What tells one training from another, and whether it does between machines that compute alike only; the first that differs explains the others. */
const FIT_FIELDS: readonly [field: keyof Fit, words: string, bits?: 'bits'][] = [
  ['seed', 'seed'],
  ['rows', 'rows'],
  ['batchSize', 'batch size'],
  ['epochs', 'epochs'],
  ['state', 'how it ended'],
  ['initialWeights', 'initial weights', 'bits'],
  ['dataOrder', 'order of the data', 'bits'],
  ['finalWeights', 'final weights', 'bits'],
  ['metrics', 'final metrics'],
];

/** How far metrics of one training may lie apart, relative to the larger, on machines that do not compute alike. */
const FAR = 0.05;

function areNear(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number')
    return Object.is(a, b) || Math.abs(a - b) <= FAR * Math.max(Math.abs(a), Math.abs(b));
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [a, b] as { [name: string]: unknown }[];
  return [...new Set([...Object.keys(left!), ...Object.keys(right!)])].every((name) =>
    areNear(left![name], right![name]),
  );
}

/**
 * Trainings, cell by cell: which of them began, went on or ended otherwise. By hash and to the bit where that is claimed; elsewhere by
 * what they were of, and whether their metrics are near.
 */
export function compareFits(
  saved: Environment,
  rerun: Environment,
): { cell: string; where: string; old: string; new: string }[] {
  const [a, b] = [saved, rerun].map((environment) => readProvenance(environment).provenance.fits ?? []) as [
    Fit[],
    Fit[],
  ];
  const isExact = claimsBitIdentity(saved, rerun);
  return [...new Set([...a, ...b].map(({ cell }) => cell))].flatMap((cell) => {
    const [before, after] = [a, b].map((fits) => fits.filter((fit) => fit.cell === cell)) as [Fit[], Fit[]];
    if (before.length !== after.length)
      return [{ cell, where: 'number of trainings', old: String(before.length), new: String(after.length) }];
    return before.flatMap((old, index) => {
      const now = after[index]!;
      const first = FIT_FIELDS.find(([field, , bits]) =>
        isExact ? !isDeepStrictEqual(old[field], now[field]) : !bits && !areNear(old[field], now[field]),
      );
      if (!first) return [];
      const [field, words] = first;
      const [was, is] = [old[field], now[field]].map((value) =>
        typeof value === 'string' ? value.slice(0, 16) : JSON.stringify(value),
      ) as [string, string];
      return [{ cell, where: `training "${old.title}", ${words}`, old: was, new: is }];
    });
  });
}

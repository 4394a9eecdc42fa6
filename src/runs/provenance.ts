import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { xlaCacheFolder } from '../base/cache-folder';
import { textHash } from '../base/hash';
import type { FitRecord } from '../base/provenance';
import { typescript } from '../base/typescript';
import { environmentOf } from '../host/run-notebook';
import { findImports, type Imports, relativeName } from '../language/imports';
import type { KernelInfo, RecordParams } from '../protocol/messages';
import { fileHash } from './file-hash';
import { readProvenance } from './read-provenance';

/** The environment block of a notebook: what its outputs were made on and of. Names are part of the format. */
export interface Provenance extends Partial<Imports> {
  dinnb: string;
  node: string;
  backend: 'native' | 'wasm';
  tensorflow: string;
  /** Of the kernel: what dates and numbers look like as texts. */
  locale: string;
  timeZone: string;
  /** `linux-x64` */
  platform: string;
  /** Of the machine: parallel sums depend on it. */
  processors: number;
  /** Instruction sets that change how sums are computed; absent where the system does not tell. */
  cpu?: string[];
  /** Overrides, as texts. */
  parameters?: { [name: string]: string };
  /** SHA-256 of them, as they were when the notebook ran. */
  parametersHash?: string;
  /** Data sets and files read, by their path from the notebook's folder (absolute outside of its project). */
  data?: { [path: string]: DataRecord };
  git?: { commit: string; dirty: boolean };
  /** By cell id: the source that ran (SHA-256), and when in the kernel's life. How long it took stands at its execution. */
  cells?: { [id: string]: CellRecord };
  fits?: (FitRecord & { cell: string })[];
}

/** Fields that a run replaces as a whole; others of the block are kept. */
const FIELDS = [
  ...[
    'dinnb',
    'node',
    'backend',
    'tensorflow',
    'locale',
    'timeZone',
    'platform',
    'processors',
    'cpu',
    'parameters',
    'packages',
    'files',
  ],
  'parametersHash',
  ...['lock', 'overrides', 'data', 'git', 'cells', 'fits'],
];

/** The environment block after a run. */
export function withProvenance(
  environment: { [name: string]: unknown } | undefined,
  provenance: Provenance,
): { [name: string]: unknown } {
  const kept = Object.entries(environment ?? {}).filter(([name]) => !FIELDS.includes(name));
  return { ...Object.fromEntries(kept), ...provenance };
}

/**
 * The block after some cells of a notebook ran (in the editor, perhaps in a new kernel): the others' records stay what they were.
 */
export function withPartialProvenance(
  environment: { [name: string]: unknown } | undefined,
  provenance: Provenance,
): { [name: string]: unknown } {
  const before = readProvenance(environment).provenance;
  const { cells: ran = {}, fits: trained = [], ...rest } = provenance;
  const cells = { ...before.cells, ...ran };
  const fits = [...(before.fits ?? []).filter(({ cell }) => !Object.hasOwn(ran, cell)), ...trained];
  const merged = { ...rest, ...optional('cells', cells), ...optional('fits', fits) };
  for (const field of ['data', 'files', 'packages', 'lock', 'overrides'] as const)
    Object.assign(merged, optional(field, { ...before[field], ...provenance[field] }));
  return withProvenance(environment, merged);
}

export interface DataRecord {
  /** Absent when it was gone at the end of the run. */
  sha256?: string;
  bytes?: number;
  rows?: number;
}

export interface CellRecord {
  source: string;
  order: number;
  /** Other notebooks whose cells had run in the same kernel, by their path from the notebook's folder. */
  others?: string[];
}

export type ImportsOf = (sources: readonly string[], folder: string) => Promise<Imports>;

export interface CellRan extends CellRecord {
  id: string;
}

/** Gathers what a kernel's life tells, and makes the environment block of it. */
export class ProvenanceRecorder {
  private readonly cells = new Map<string, CellRan>();
  private readonly records: RecordParams[] = [];
  /** Files that the notebook itself has made. */
  private readonly written = new Set<string>();
  private found: { imports?: Imports; data?: { [path: string]: DataRecord }; git?: Provenance['git'] } = {};

  /**
   * @param notebook its path, asked for when it is needed: a notebook may be saved under another name
   * @param importsOf what sources of a folder import; default: found out here, for which the compiler is loaded
   */
  constructor(
    private readonly notebook: () => string,
    private readonly parameters: { [name: string]: string } = {},
    private readonly importsOf: ImportsOf = async (sources, folder) => findImports(typescript, sources, folder),
  ) {}

  readonly record = (told: RecordParams): void => {
    const { record } = told;
    if (record.type === 'write') this.written.add(record.path);
    else if (!('path' in record) || !this.written.has(record.path)) this.records.push(told);
  };

  /** A cell starts: what an earlier run of it told no longer stands behind its outputs. */
  begin(id: string): void {
    this.cells.delete(id);
    for (let index = this.records.length - 1; index >= 0; index--)
      if (this.records[index]!.cellId === id) this.records.splice(index, 1);
  }

  ran(cell: CellRan): void {
    this.cells.set(cell.id, cell);
  }

  /** Whether nothing has run that the notebook still shows. */
  get isEmpty(): boolean {
    return this.cells.size === 0;
  }

  /** Finds out what takes time: imports, data sets, Git. */
  async look(): Promise<void> {
    const folder = path.dirname(this.notebook());
    const imports = this.records.flatMap(({ record }) =>
      record.type === 'import' ? [`import ${JSON.stringify(record.specifier)}`] : [],
    );
    const sources = [...[...this.cells.values()].map(({ source }) => source), ...imports];
    const look = [this.importsOf(sources, folder), this.data(folder), gitState(folder)] as const;
    const [found, data, git] = await Promise.all(look);
    this.found = { imports: found, data, git };
  }

  /** What is known now; what takes time as it was found last. */
  provenance(info: KernelInfo): Provenance {
    const { imports, data, git } = this.found;
    const fits = this.records.flatMap(({ cellId, record }) => {
      if (record.type !== 'fit') return [];
      const { type: _type, ...fit } = record;
      return [{ cell: cellId, ...fit }];
    });
    const folder = path.dirname(this.notebook());
    const entries = [...this.cells.values()].map(({ id, source, order, others = [] }): [string, CellRecord] => [
      id,
      {
        ...{ source: textHash(source), order },
        ...(others.length > 0 && { others: others.map((other) => relativeName(folder, other)) }),
      },
    ]);
    return {
      ...environmentOf(info),
      ...thisMachine(),
      ...optional('parameters', this.parameters),
      ...(Object.keys(this.parameters).length > 0 && { parametersHash: parametersHash(this.parameters) }),
      ...optional('packages', imports?.packages),
      ...optional('files', imports?.files),
      ...optional('data', data),
      ...optional('git', git),
      ...optional('cells', Object.fromEntries(entries)),
      ...optional('fits', fits),
      ...optional('lock', imports?.lock),
      ...optional('overrides', imports?.overrides),
    };
  }

  private async data(folder: string): Promise<{ [path: string]: DataRecord }> {
    const found = new Map<string, DataRecord>();
    for (const { record } of this.records) {
      if (record.type === 'data') {
        const { path: file, sha256, bytes, rows } = record;
        found.set(file, { sha256, bytes, ...(rows === undefined ? {} : { rows }) });
      } else if (record.type === 'read' && isData(record.path) && !found.has(record.path)) {
        const data = await dataOf(record.path);
        if (data) found.set(record.path, data);
      }
    }
    const project = projectOf(folder);
    return Object.fromEntries(
      [...found]
        .map(([file, record]): [string, DataRecord] => [dataName(folder, project, file), record])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
}

/** What a file holds now that a cell has read; nothing where it is gone, none, or not to be read: that never ends a run. */
async function dataOf(file: string): Promise<DataRecord | undefined> {
  try {
    const stat = statSync(file);
    return stat.isFile() ? { sha256: await fileHash(file), bytes: stat.size } : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}

const optional = <K extends string, V extends object>(name: K, value: V | undefined): { [name in K]?: V } =>
  value && Object.keys(value).length > 0 ? ({ [name]: value } as { [name in K]?: V }) : {};

export function parametersHash(parameters: { [name: string]: string }): string {
  return textHash(JSON.stringify(Object.entries(parameters).sort()));
}

/** Code is recorded as such; what lies in a package belongs to its version; what XLA keeps of this machine is none of the notebook's. */
function isData(file: string): boolean {
  if (insideOf(xlaCacheFolder(), file) !== undefined) return false;
  return !/[/\\]node_modules[/\\]|\.[mc]?[jt]sx?$|[/\\]package\.json$|^\/(?:proc|sys|dev)\//.test(file);
}

/** Inside the notebook's project by the way from its folder; elsewhere absolute, `$DINNB_DATA` and `~` by their names. */
function dataName(folder: string, project: string | undefined, file: string): string {
  if (insideOf(folder, file) !== undefined || (project !== undefined && insideOf(project, file) !== undefined))
    return relativeName(folder, file);
  for (const [name, place] of places()) {
    const inside = insideOf(place, file);
    if (inside !== undefined) return `${name}/${inside}`;
  }
  return file;
}

/** The way from a folder to a file in it; undefined for one elsewhere. */
export function insideOf(folder: string, file: string): string | undefined {
  const inside = relativeName(folder, file);
  return inside.startsWith('..') || path.isAbsolute(inside) ? undefined : inside;
}

/** What travels as a whole with a notebook: its repository, else the npm project it lies in. Not the user's home, whatever that holds. */
function projectOf(folder: string): string | undefined {
  let project: string | undefined;
  for (let at = folder; at !== path.dirname(at) && insideOf(at, os.homedir()) === undefined; at = path.dirname(at)) {
    if (existsSync(path.join(at, '.git'))) return at;
    if (existsSync(path.join(at, 'package.json'))) project ??= at;
  }
  return project;
}

/** Where a name of `data` lies on this machine. */
export function dataPath(folder: string, name: string): string {
  const place = places().find(([short]) => name.startsWith(`${short}/`));
  return place ? path.join(place[1], name.slice(place[0].length + 1)) : path.resolve(folder, name);
}

function places(): [string, string][] {
  const { DINNB_DATA } = process.env;
  return [...(DINNB_DATA ? [['$DINNB_DATA', path.resolve(DINNB_DATA)] as [string, string]] : []), ['~', os.homedir()]];
}

/** What results depend on of this machine. */
export function thisMachine(): Pick<Provenance, 'platform' | 'processors' | 'cpu'> {
  return {
    platform: `${process.platform}-${process.arch}`,
    processors: os.availableParallelism(),
    ...optional('cpu', cpuFeatures()),
  };
}

function cpuFeatures(): string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const flags =
      /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(/\s+/) ?? [];
    return ['sse4_2', 'avx', 'avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16', 'asimd', 'sve'].filter(
      (flag) => flags.includes(flag),
    );
  } catch {
    return undefined; // a system without it does not tell
  }
}

/** The commit that the notebook's folder is at; undefined outside of Git. */
async function gitState(folder: string): Promise<Provenance['git'] | undefined> {
  const [head, status] = await Promise.all([
    git(folder, ['rev-parse', 'HEAD']),
    git(folder, ['status', '--porcelain', '-uno']),
  ]);
  const commit = head?.trim();
  return commit && status !== undefined ? { commit, dirty: status.trim() !== '' } : undefined;
}

function git(folder: string, args: string[]): Promise<string | undefined> {
  // No program that a repository's own settings name is started (core.fsmonitor).
  const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
  return new Promise((resolve) => {
    execFile(
      'git',
      [...safe, ...args],
      { cwd: folder, timeout: 10_000, windowsHide: true, encoding: 'utf8' },
      (error, stdout) => resolve(error ? undefined : stdout),
    );
  });
}

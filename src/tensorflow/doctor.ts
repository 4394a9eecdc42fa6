import { cacheFolder } from '../base/cache-folder';
import type { RuntimeSelection } from '../protocol/messages';
import { findCompiler, findMake, findNodeHeaders, findPip, findPython, remedy, type Tool } from './addon';
import { type InstallOptions, installRuntime } from './install';
import { type CandidateVerdict, describeError, type StepResult } from './installation';
import { folderSize, formatBytes, type Machine, thisMachine } from './machine';
import { officialLibraryUrl } from './official';
import { judge, listCandidates, selectRuntime } from './select';
import { wheelFor } from './wheel';

/** What `dinnb doctor` found, as plain data. */
export interface DoctorReport {
  /** A native TensorFlow loads, or WebAssembly was what could be had without an error. */
  ok: boolean;
  node: { version: string; path: string };
  platform: string;
  tools: { pip?: string; python?: string; compiler?: string; make?: string; nodeHeaders?: string };
  cache: { folder: string; bytes: number };
  /** Every way, in the order of preference, and why it is open or closed. */
  ways: { step: 'existing' | 'official' | 'wheel' | 'wasm'; available: boolean; reason: string }[];
  /** Every installation that was found. */
  installations: CandidateVerdict[];
  /** Absent when nothing can be chosen (DINNB_TENSORFLOW names a folder that does not load): see `problem`. */
  chosen?: RuntimeSelection;
  problem?: string;
  /** What to do, one line each; empty when all is well. */
  remedies: string[];
  /** When an installation was asked for: what was tried. */
  install?: StepResult[];
}

export interface DoctorOptions extends Partial<InstallOptions> {
  /** Set TensorFlow up, or repair it, before looking. */
  install?: boolean;
}

/**
 * Explains which TensorFlow is used and why, and with `install` sets one up first. The checksums of installations are
 * compared when nothing is installed in the same run.
 *
 * @throws the signal's reason on abort
 */
export async function doctor(options: DoctorOptions = {}): Promise<DoctorReport> {
  const machine = options.machine ?? thisMachine(options.nodePath ? { nodePath: options.nodePath } : {});
  const { signal, projectFolder } = options;
  let steps: StepResult[] | undefined;
  let chosen: RuntimeSelection | undefined;
  let problem: string | undefined;
  try {
    if (options.install) {
      const silent: Pick<InstallOptions, 'progress' | 'consent'> = { progress: () => {}, consent: async () => true };
      ({ steps, selection: chosen } = await installRuntime({ ...silent, ...options, machine }));
    } else {
      chosen = await selectRuntime('auto', { machine, projectFolder, signal });
    }
  } catch (error) {
    signal?.throwIfAborted();
    problem = describeError(error);
  }
  const installations: CandidateVerdict[] = [];
  for (const candidate of listCandidates(machine, projectFolder)) {
    installations.push(await judge(machine, candidate, options.install ? 'quick' : 'full', signal));
  }
  const tools = await findTools(machine);
  const cache = cacheFolder(machine);
  return {
    ok: problem === undefined,
    node: { version: process.versions.node, path: machine.nodePath },
    platform: `${machine.platform}-${machine.arch}`,
    tools,
    cache: { folder: cache, bytes: folderSize(cache) },
    ways: judgeWays(machine, installations, tools, steps),
    installations,
    ...(chosen ? { chosen } : {}),
    ...(problem ? { problem } : {}),
    remedies: remediesFor(machine, installations, tools, chosen),
    ...(steps ? { install: steps } : {}),
  };
}

async function findTools(machine: Machine): Promise<DoctorReport['tools']> {
  const [pip, python, compiler, make] = await Promise.all([
    findPip(machine),
    findPython(machine),
    findCompiler(machine),
    findMake(machine),
  ]);
  const shown = (tool: Tool | undefined) => tool && `${tool.version} (${tool.command.join(' ')})`;
  const tools = {
    pip: shown(pip),
    python: shown(python),
    compiler: shown(compiler),
    make: shown(make),
    nodeHeaders: findNodeHeaders(machine),
  };
  return Object.fromEntries(Object.entries(tools).filter(([, value]) => value !== undefined));
}

function judgeWays(
  machine: Machine,
  installations: CandidateVerdict[],
  tools: DoctorReport['tools'],
  steps: StepResult[] = [],
): DoctorReport['ways'] {
  const good = installations.find(({ ok }) => ok);
  const tried = (step: string) => steps.find((result) => result.step === step && result.reason !== 'not wanted');
  const url = officialLibraryUrl(machine);
  const official = tried('official');
  const wheel = wheelFor(machine);
  const triedWheel = tried('wheel');
  const canBuild = tools.python && (machine.platform === 'win32' || (tools.compiler && tools.make));
  const wheelReason = !wheel
    ? 'no wheel holds a libtensorflow for this platform'
    : !tools.pip
      ? 'no pip'
      : `${wheel.package} ${wheel.version} through pip${canBuild ? '' : '; without a compiler only with a prebuilt addon'}`;
  return [
    {
      step: 'existing',
      available: good !== undefined,
      reason: good ? `${good.addon} ${good.reason}` : (installations[0]?.reason ?? 'none found'),
    },
    {
      step: 'official',
      available: official?.ok ?? url !== undefined,
      reason:
        official?.reason ?? (url ? `not tried; it would download ${url}` : 'nothing is published for this platform'),
    },
    {
      step: 'wheel',
      available: triedWheel?.ok ?? (wheel !== undefined && tools.pip !== undefined),
      reason: triedWheel?.reason ?? `not tried; ${wheelReason}`,
    },
    { step: 'wasm', available: true, reason: 'embedded, always works; slower than native' },
  ];
}

function remediesFor(
  machine: Machine,
  installations: CandidateVerdict[],
  tools: DoctorReport['tools'],
  chosen: RuntimeSelection | undefined,
): string[] {
  const damaged = installations.filter(({ ok, folder }) => !ok && folder);
  const repairs = damaged.map(({ folder, reason }) => `${folder}: ${reason}. Repair it: ${machine.installCommand}`);
  if (chosen?.backend === 'native') return repairs;
  const missing = [tools.pip ? '' : 'pip', tools.compiler ? '' : 'a C++ compiler', tools.make ? '' : 'make'].filter(
    Boolean,
  );
  const lacking =
    missing.length > 0 && machine.platform !== 'win32'
      ? [`Install ${missing.join(', ')}: ${remedy(machine.platform)}`]
      : [];
  return [...lacking, ...repairs, `Set native TensorFlow up: ${machine.installCommand}`];
}

const WAYS = {
  existing: 'installed already',
  official: 'official download',
  wheel: 'Python wheel',
  wasm: 'WebAssembly',
};

/** The report as text for a terminal: what is used, why, and what to do. */
export function printDoctor(report: DoctorReport): string {
  const { chosen, tools } = report;
  const lines = [
    heading(report),
    '',
    `Node       ${report.node.version} (${report.node.path}), ${report.platform}`,
    `Cache      ${report.cache.folder}, ${formatBytes(report.cache.bytes)}`,
    `pip        ${tools.pip ?? 'none'}`,
    `compiler   ${tools.compiler ?? 'none'}`,
    `make       ${tools.make ?? 'none'}`,
    `Python     ${tools.python ?? 'none'} (only to fetch and build, never to run)`,
    '',
    ...report.ways.map(({ step, available, reason }) => `${available ? '+' : '-'} ${WAYS[step].padEnd(18)} ${reason}`),
  ];
  if (report.installations.length > 0) {
    lines.push('', 'Installations:');
    for (const { ok, origin, addon, reason } of report.installations) {
      lines.push(`${ok ? '+' : '-'} ${addon} (${origin}): ${reason}`);
    }
  }
  if (chosen?.backend === 'wasm' && chosen.notice) lines.push('', chosen.notice);
  if (report.remedies.length > 0) lines.push('', ...report.remedies.map((remedy) => `> ${remedy}`));
  return `${lines.join('\n')}\n`;
}

function heading({ chosen, problem, installations }: DoctorReport): string {
  if (problem) return `No TensorFlow can be used: ${problem}`;
  if (chosen?.backend !== 'native') return 'TensorFlow: WebAssembly backend, slower than native';
  const { xla } = installations.find(({ addon }) => addon === chosen.addon) ?? {};
  return `TensorFlow: native backend, libtensorflow ${chosen.tensorflow}${xla ? ' with XLA' : ''}`;
}

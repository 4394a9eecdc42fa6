import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What both contestants are given. */
export interface Input {
  root: string;
  notebook: string;
  cells: { source: string; parameters: boolean }[];
  words: number;
}

export interface Found {
  /** ms from opening to the first completion. */
  first: number;
  /** ms of processor that the server had taken by then: a machine that does other things, too, says little by the clock. */
  firstCpu: number;
  /** ms from a key to its completions. */
  completion: number[];
  /** ms from the last key to the underline. */
  error: number[];
  /** MB of the process, at the end and at its highest. */
  memory: number;
  peak: number;
  /** ms that the process which asks did not turn. */
  blocked?: number;
}

/** What is typed, one after another: members, names of cells, names that could be imported. */
const LINES = [
  'tf.sigmoid(',
  'din.models',
  'half40(rate',
  'matrix50.arg',
  'readFileSy',
  'const next = mat',
  'console.lo',
  'Math.ro',
];
/** As somebody types who types fast. */
export const KEY_MS = 110;
export const THOUGHT_MS = 450;

export const lineOf = (word: number): string => LINES[word % LINES.length]!;
/** Wrong, whatever stands before. */
export const wrongLine = (word: number): string => `const wrong${word}: number = 'text';`;

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** MB of memory that a process takes, now and at its highest so far (0 where the system does not tell). */
export function memoryOf(pid: number): { now: number; peak: number } {
  if (process.platform !== 'linux') {
    const kilobytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
    return { now: kilobytes / 1024, peak: 0 };
  }
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]) / 1024;
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

/** ms of processor that a process has taken. */
export function cpuOf(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** What still runs behind a measurement does not keep its process. */
export function runToEnd(main: () => Promise<void>): void {
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}

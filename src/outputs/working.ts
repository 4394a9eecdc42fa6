import { type ProgressOutput, progressLine } from './progress';

/** Is told how far long work has come, again and again; the last time with another state than `running`. */
export type WorkSink = (id: string, progress: ProgressOutput) => void;

const EVERY_MS = 2000;

/**
 * Lines for whoever reads a terminal or a log: one at most every two seconds, where the work still runs.
 * @param write takes a line without its end.
 */
export function workLines(write: (line: string) => void, now: () => number = () => performance.now()): WorkSink {
  let last = Number.NEGATIVE_INFINITY;
  return (_, progress) => {
    if (progress.state !== 'running' || now() - last < EVERY_MS) return;
    last = now();
    write(progressLine(progress));
  };
}

let sink: WorkSink = workLines((line) => console.error(line));

/** The kernel calls this once, before user code runs. What is told goes to the eyes only: no output keeps it. */
export function setWorkSink(next: WorkSink): void {
  sink = next;
}

export function showWork(id: string, progress: ProgressOutput): void {
  sink(id, progress);
}

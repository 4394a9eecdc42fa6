import { typescript } from '../base/typescript';
import type { NotebookCell, NotebookDocument } from '../notebook/document';
import { FoldedOutputs } from '../outputs/accumulate';
import type { ErrorOutput, OutputEvent } from '../outputs/events';
import type { ParameterShape } from '../outputs/parameters';
import type {
  Answer,
  AskParams,
  ExecuteResult,
  KernelInfo,
  OutputParams,
  RecordParams,
  RuntimeSelection,
} from '../protocol/messages';
import { PARAMETERS_TAG, parameterShapes } from '../protocol/parameters';
import { startKernel } from './kernel-process';
import { type Job, RunQueue } from './run-queue';
import { answerOutput, type KernelSession } from './session';

/** How long a cell that exceeded its limit, or the run's, may take to heed the interrupt, before its kernel is ended. */
const LAST_RESORT_MS = 5000;

export interface RunOptions {
  /** Absolute path: imports of the cells resolve from its folder. */
  path: string;
  runtime: RuntimeSelection;
  parameters: { [name: string]: string };
  /** Limit for each cell, in seconds; a cell that exceeds it is interrupted and has failed. */
  timeoutSeconds?: number;
  /** Run the cells after a failed one. */
  keepGoing: boolean;
  nodePath?: string;
  /** Aborting interrupts the running cell and skips the others. */
  interrupted?: AbortSignal;
  /** Aborting does the same, and ends the kernel of a cell that does not heed it. */
  terminated?: AbortSignal;
  onStart?(info: KernelInfo): void;
  /** `number`: the cell's execution number, 1, 2, 3, ... */
  onCellStart?(cell: NotebookCell, number: number): void;
  onOutput?(cell: NotebookCell, event: OutputEvent): void;
  onCellEnd?(cell: NotebookCell, number: number, run: CellRun): void;
  onRecord?(record: RecordParams): void;
  /** A cell waits for a line from the user; whoever gives it shows it. Without it cells are told that nobody can answer. */
  onAsk?(question: AskParams, withdrawn: AbortSignal): Promise<Answer>;
  onLog?(line: string): void;
}

export interface CellRun {
  id: string;
  kind: 'code' | 'markdown';
  ok: boolean;
  seconds: number;
  /** True when an earlier cell's failure or the user's interrupt kept it from running. */
  skipped?: boolean;
  error?: ErrorOutput;
}

export interface NotebookRun {
  ok: boolean;
  info: KernelInfo;
  seconds: number;
  cells: CellRun[];
  /** The notebook with the outputs of this run. */
  document: NotebookDocument;
}

/** Runs a notebook's cells in order in a fresh kernel. Throws only if the kernel cannot start. */
export async function runNotebook(document: NotebookDocument, options: RunOptions): Promise<NotebookRun> {
  const startedAt = performance.now();
  const cells = document.cells.map((cell) =>
    cell.kind === 'code' ? { ...cell, outputs: [], execution: undefined } : { ...cell },
  );
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  const folded = new Map<NotebookCell, FoldedOutputs>();

  const record = (cell: NotebookCell, event: OutputEvent) => {
    let outputs = folded.get(cell);
    if (!outputs) {
      outputs = new FoldedOutputs();
      folded.set(cell, outputs);
      cell.outputs = outputs.list;
    }
    outputs.apply(event);
  };
  const { onAsk } = options;

  const session = await startKernel({
    notebook: options.path,
    runtime: options.runtime,
    parameters: options.parameters,
    // An override is unknown only if none of the parameters cells has it. Without overrides nobody asks.
    parameterNames:
      Object.keys(options.parameters).length > 0 ? declaredParameters(document).map(({ name }) => name) : [],
    nodePath: options.nodePath,
    onOutput({ cellId, event }: OutputParams) {
      const cell = byId.get(cellId);
      if (!cell) return;
      record(cell, event);
      options.onOutput?.(cell, event);
    },
    ...(onAsk && {
      async onAsk(question: AskParams, withdrawn: AbortSignal) {
        const answer = await onAsk(question, withdrawn);
        const cell = byId.get(question.cellId);
        if (cell) record(cell, answerOutput(answer));
        return answer;
      },
    }),
    onRecord: options.onRecord,
    onLog: options.onLog,
  });
  const queue = new RunQueue({ keepGoing: options.keepGoing });
  const interrupt = () => {
    queue.cancelWaiting();
    void session.interrupt();
  };
  let lastResort: NodeJS.Timeout | undefined;
  const terminate = () => {
    interrupt();
    lastResort = setTimeout(() => void session.dispose(), LAST_RESORT_MS);
  };
  options.interrupted?.addEventListener('abort', interrupt);
  options.terminated?.addEventListener('abort', terminate);
  try {
    options.onStart?.(session.info);
    const runs = cells.map((cell): CellRun => ({ id: cell.id, kind: cell.kind, ok: cell.kind !== 'code', seconds: 0 }));
    let executions = 0;
    const jobs = cells.flatMap((cell, index): Job[] => {
      if (cell.kind !== 'code') return [];
      return [
        {
          cancel() {
            runs[index]!.skipped = true;
          },
          async run() {
            executions += 1;
            const number = executions;
            options.onCellStart?.(cell, number);
            const run = await runCell(session, cell, number, options.timeoutSeconds);
            runs[index] = run;
            options.onCellEnd?.(cell, number, run);
            return run.ok;
          },
        },
      ];
    });
    const done = queue.add(...jobs);
    if (options.interrupted?.aborted || options.terminated?.aborted) queue.cancelWaiting();
    await done;
    const { info } = session;
    return {
      ok: runs.every((run) => run.ok),
      info,
      seconds: (performance.now() - startedAt) / 1000,
      cells: runs,
      document: { ...document, cells, environment: { ...document.environment, ...environmentOf(info) } },
    };
  } finally {
    clearTimeout(lastResort);
    options.interrupted?.removeEventListener('abort', interrupt);
    options.terminated?.removeEventListener('abort', terminate);
    await session.dispose();
  }
}

/** The parameters that a notebook declares. */
export function declaredParameters(document: NotebookDocument): ParameterShape[] {
  const ts = typescript();
  return document.cells
    .filter((cell) => cell.kind === 'code' && cell.tags.includes(PARAMETERS_TAG))
    .flatMap((cell) => parameterShapes(ts, cell.source));
}

/** Runs one cell and keeps in it how it ended. */
async function runCell(
  session: KernelSession,
  cell: NotebookCell,
  number: number,
  timeoutSeconds: number | undefined,
): Promise<CellRun> {
  const { result, timedOut } = await executeWithin(session, cell, timeoutSeconds);
  const error = timedOut ? timeoutError(number, timeoutSeconds!, result.error) : result.error;
  if (error) cell.outputs = withError(cell.outputs, error);
  const ok = result.ok && !timedOut;
  const { executionCount: count, startedAt, endedAt } = result;
  cell.execution = { count, ok, startedAt, endedAt };
  return { id: cell.id, kind: cell.kind, ok, seconds: (endedAt - startedAt) / 1000, ...(error ? { error } : {}) };
}

async function executeWithin(
  session: KernelSession,
  cell: NotebookCell,
  timeoutSeconds: number | undefined,
): Promise<{ result: ExecuteResult; timedOut: boolean }> {
  let timedOut = false;
  let timer: NodeJS.Timeout | undefined =
    timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          void session.interrupt();
          // A native call that does not return cannot be interrupted; the kernel's end is the cell's.
          timer = setTimeout(() => void session.dispose(), LAST_RESORT_MS);
        }, timeoutSeconds * 1000);
  try {
    const result = await session.execute({ cellId: cell.id, source: cell.source, tags: cell.tags });
    return { result, timedOut };
  } finally {
    clearTimeout(timer);
  }
}

function timeoutError(number: number, seconds: number, cause: ErrorOutput | undefined): ErrorOutput {
  const message = `Cell ${number} ran longer than ${seconds} s and was interrupted. Raise --timeout, or make the cell do less.`;
  // where it was at that time
  const frames = (cause?.stack ?? '').split('\n').filter((line) => /^ +at /.test(line));
  return { name: 'Timeout', message, stack: [`Timeout: ${message}`, ...frames].join('\n') };
}

/** The error as the cell's last output, once. */
function withError(outputs: NotebookCell['outputs'], error: ErrorOutput): NotebookCell['outputs'] {
  const last = outputs.at(-1);
  const rest = last?.type === 'error' ? outputs.slice(0, -1) : outputs;
  return [...rest, { type: 'error', error }];
}

/** What a reader needs to reproduce the outputs. */
export function environmentOf({ pid: _, ...environment }: KernelInfo): Omit<KernelInfo, 'pid'> {
  return environment;
}

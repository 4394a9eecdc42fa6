import type { CellUses } from '../language/uses';
import type { OutputEvent } from '../outputs/events';
import type { InspectParams, InspectResult } from '../outputs/inspect';
import type {
  Answer,
  AskParams,
  ExecuteParams,
  ExecuteResult,
  KernelInfo,
  OutputParams,
  RecordParams,
  RuntimeSelection,
} from '../protocol/messages';

export interface KernelOptions {
  notebook: string;
  runtime: RuntimeSelection;
  /** Overrides of notebook parameters, as text. */
  parameters?: { [name: string]: string };
  /** Names that the notebook's parameters cells declare (`parameterNames` of `protocol/parameters`), if they are several cells. */
  parameterNames?: string[];
  /** Node to run; default: this process' own (Electron is told to behave as Node). */
  nodePath?: string;
  env?: NodeJS.ProcessEnv;
  /** Default 120. */
  startupSeconds?: number;
  /** The error that ends a cell comes here too, as its last output. */
  onOutput(output: OutputParams): void;
  /** What cells tell of what they were made of. */
  onRecord?(record: RecordParams): void;
  /** A cell waits for a line from the user. Aborted when nobody waits any more. Without it cells are told that nobody can answer. */
  onAsk?(question: AskParams, withdrawn: AbortSignal): Promise<Answer>;
  onLog?(line: string): void;
  /** The process ended without `dispose`: cause and exit code in words. Running cells have been ended with this error. */
  onDeath?(reason: string): void;
}

/** A running kernel process, seen from outside. Made by `startKernel` in `kernel-process.ts`. */
export interface KernelSession {
  readonly info: KernelInfo;
  /** Runs a cell. One at a time: who has several queues them (`run-queue.ts`). Never rejects: see `ok` and `error`. */
  execute(params: ExecuteParams): Promise<ExecuteResult>;
  /** Three tiers; resolves when the running cell has ended. Cells that wait are cancelled by the caller. */
  interrupt(): Promise<void>;
  /**
   * Opens the kernel's inspector to a debugger on this machine, or closes it.
   * @returns its address while it is open
   * @throws Error when the kernel is gone, or busy with code that does not let go
   */
  debug(open: boolean): Promise<string | undefined>;
  /** What variables hold. Never rejects; while a cell runs the answer is that it does. */
  inspect(params: InspectParams): Promise<InspectResult>;
  /** Which names each of the sources declares, reads and assigns to; null for one that cannot be parsed. Never rejects. */
  uses(sources: readonly string[]): Promise<(CellUses | null)[]>;
  dispose(): Promise<void>;
}

/** The answer as the cell's output shows it, behind the question. */
export function answerOutput({ text }: Answer): OutputEvent {
  return { type: 'stream', name: 'stdout', text: `${text ?? ''}\n` };
}

/** What a cell can do instead where nobody can answer. */
export const ASK_BEFORE = 'Make it a parameter: tag the cell "parameters", and give its value with --param NAME=VALUE.';

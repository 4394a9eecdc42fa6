import type { ProvenanceRecord } from '../base/provenance';
import type { ErrorOutput, OutputEvent } from '../outputs/events';

/** Which TensorFlow a kernel loads; decided by the host before it spawns. */
export type RuntimeSelection =
  | { backend: 'native' /** tfjs_binding.node, beside its libtensorflow. */; addon: string; tensorflow: string }
  | {
      backend: 'wasm' /** Why not native, and the remedy: one line for the user; absent when wasm was asked for. */;
      notice?: string;
    };

export interface InitializeParams {
  /** Absolute path of the notebook; imports resolve from its folder. It need not exist yet. */
  notebook: string;
  /** Overrides of notebook parameters, as given on the command line; parsed to the default's type when the parameters cell runs. */
  parameters: { [name: string]: string };
  /**
   * Names that all `parameters` cells of the notebook declare together (see `parameterNames`), when the host knows them:
   * an override is then unknown only if none of the cells has it. Without it each parameters cell is judged by itself.
   */
  parameterNames?: string[];
}

export interface KernelInfo {
  pid: number;
  node: string;
  backend: 'native' | 'wasm';
  /** Version of libtensorflow, or of tfjs-backend-wasm. */
  tensorflow: string;
  dinnb: string;
  /** What texts of dates and numbers depend on. */
  locale: string;
  timeZone: string;
}

export interface ExecuteParams {
  cellId: string;
  source: string;
  tags: string[];
}

export interface ExecuteResult {
  ok: boolean;
  /** 1, 2, 3, ... over the kernel's life: what stands beside the cell, and how errors name it. */
  executionCount: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt: number;
  /** Also sent before as an `error` output of the cell, so that the outputs alone tell the whole story. */
  error?: ErrorOutput;
}

/** Notification kernel -> host: an output of a cell, possibly after the cell ended (timers). */
export interface OutputParams {
  cellId: string;
  event: OutputEvent;
}

/** Notification kernel -> host: native and internal messages for the log, not for a cell. */
export interface LogParams {
  level: 'info' | 'warn' | 'error';
  text: string;
}

/** Notification kernel -> host: what code of a cell was made of, for the notebook's provenance. */
export interface RecordParams {
  cellId: string;
  record: ProvenanceRecord;
}

/** Notification kernel -> host: the process is about to end by itself, and why (`process.exit(3)` in cell 2). */
export interface ExitingParams {
  reason: string;
}

/** Opens or closes the way for a debugger into the kernel. */
export interface DebugParams {
  open: boolean;
}

export interface DebugInfo {
  /** Of V8's inspector, on loopback: a random port, and a random path without which it answers nobody. Absent when it is closed. */
  url?: string;
}

/** Request kernel -> host, answered with an `Answer`: a cell waits for a line of text from the user. */
export interface AskParams {
  cellId: string;
  /** What the user has been asked, as the cell's last line of output tells it; empty when it asked nothing. */
  question: string;
  /** The answer that counts where the user gives none. */
  value?: string;
}

/**
 * A line, without its end; without one the user does not want to answer (null), or nobody can, and `reason` says why and
 * what to do instead.
 */
export type Answer = { text: string } | { text: null; reason?: string };

export const METHOD = {
  initialize: 'initialize',
  execute: 'execute',
  interrupt: 'interrupt',
  shutdown: 'shutdown',
  output: 'output',
  log: 'log',
  exiting: 'exiting',
  /** Request kernel -> host: answered when all outputs sent before have been handed on. */
  printed: 'printed',
  record: 'record',
  debug: 'debug',
  ask: 'ask',
  /** `InspectParams` -> `InspectResult`: what variables hold. */
  inspect: 'inspect',
  /** Sources of cells -> `CellUses` of each, or null for one that is no TypeScript. Answered while a cell runs, too. */
  uses: 'uses',
} as const;

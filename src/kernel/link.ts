import type { MessagePort } from 'node:worker_threads';
import type { ProvenanceRecord } from '../base/provenance';
import type { InspectParams } from '../outputs/inspect';
import type { Answer, AskParams, InitializeParams, KernelInfo } from '../protocol/messages';

/** What main and shell, the two threads of a kernel, say to each other over one MessagePort. */

/** Numbers that both threads see at once. */
export const SHARED = {
  /** Run that shall stop; 0 none, ALL any. */
  interrupt: 0,
  /** Bytes of output that main has sent and the shell has not yet passed on. */
  backlog: 1,
  /** 1 when the shell has told the host that the process ends. */
  exiting: 2,
  /** How often the host has said that it has all output so far. */
  printed: 3,
  /** How many answers to questions of cells the shell has sent. */
  answered: 4,
  /** Run that has seen that it shall stop, and ends in its own order. */
  noticed: 5,
  /** How many modules are being loaded that stay broken when they are cut off halfway: nothing is terminated meanwhile. */
  loading: 6,
  /** Run whose library has looked whether it shall stop. */
  looked: 7,
  LENGTH: 8,
} as const;

/** Stops whatever runs on the main thread, for code that outlived its cell. */
export const ALL = -1;

export function sharedNumbers(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(SHARED.LENGTH * Int32Array.BYTES_PER_ELEMENT));
}

export interface ShellData {
  port: MessagePort;
  /** Serves `modules/hooks.ts`: compiled workspace files. */
  modulesPort: MessagePort;
  /** Brings `GivenAnswer`s: a port of their own, which a cell can read while it blocks the main thread. */
  answersPort: MessagePort;
  shared: Int32Array;
  /** File descriptor of the pipe to the host. */
  channel: number;
  kernelFolder: string;
}

/** A bundle on its way to the shell: JSON values as text, since user values may not survive cloning. */
export type SentBundle = { [mime: string]: string | Uint8Array | { json: string } };

/** An error as main saw it: stacks are still those of the compiled code. */
export interface SeenError {
  name: string;
  message: string;
  /** `    at ...` lines. */
  frames: string[];
  /** Lines to print after the frames: cause, aggregated errors. */
  details: string;
}

export type ToMain =
  | { type: 'initialize'; params: InitializeParams }
  | { type: 'evaluate'; run: RunDescription; expression: string; vars: string[] }
  | { type: 'cancel'; run: number }
  | { type: 'ping'; id: number }
  | { type: 'debug'; id: number; open: boolean }
  | { type: 'inspect'; id: number; params: InspectParams }
  | { type: 'shutdown' };

export interface RunDescription {
  id: number;
  cellId: string;
}

export type Outcome = 'ok' | 'failed' | 'interrupted';

export type ToShell =
  | { type: 'initialized'; info: KernelInfo }
  | { type: 'initializeFailed'; message: string }
  | {
      type: 'done';
      run: number;
      outcome: Outcome;
      error?: SeenError /** The error is among the outputs already. */;
      shown?: boolean;
      position?: { line: number; column: number };
    }
  | { type: 'pong'; id: number }
  | { type: 'debug'; id: number; url?: string; error?: string }
  | { type: 'inspected'; id: number; json: string }
  | { type: 'log'; level: 'info' | 'warn' | 'error'; text: string }
  | { type: 'flush' }
  | { type: 'exiting'; reason: string }
  | { type: 'ask'; id: number; run: number; question: AskParams['question']; value?: string }
  /** Nobody waits for the answer any more. */
  | { type: 'withdraw'; id: number }
  | { type: 'record'; run: number; record: ProvenanceRecord }
  | { type: 'output'; run: number; size: number; output: SentOutput };

export type SentOutput =
  | { type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { type: 'display' | 'result' | 'update'; displayId: string; data: SentBundle }
  | { type: 'append'; displayId: string; mime: string; patch: { json: string } }
  | { type: 'error'; error: SeenError };

/** `sourceURL` of an evaluated cell. */
export function cellUrl(run: number): string {
  return `dinnb:/cell/${run}`;
}

/** `interrupted`: whoever asked was interrupted. */
export interface GivenAnswer {
  id: number;
  answer: Answer | 'interrupted';
}

/** Requests of the module hooks, answered by the shell. */
export type ModuleRequest =
  | { id: number; type: 'version'; path: string }
  | { id: number; type: 'resolve'; path: string; specifier: string; what: 'values' | 'declarations' }
  | { id: number; type: 'load'; path: string; url: string };

export type ModuleReply = { id: number; text: string } | { id: number; error: { name: string; message: string } };

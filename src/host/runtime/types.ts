import type { RuntimeSelection } from '../../protocol/messages';

/** The ways to a TensorFlow, in the order in which they are tried. */
export type RuntimeStep =
  /** (a) an installation that already loads */
  | 'existing'
  /** (b) what tfjs-node's own installer downloads */
  | 'official'
  /** (c) libtensorflow out of the Python wheel, the addon prebuilt or built here */
  | 'wheel'
  /** (d) the WebAssembly backend, embedded */
  | 'wasm';

/** What became of one way: why it was taken or why not, in words for the user. */
export interface StepResult {
  step: RuntimeStep;
  ok: boolean;
  reason: string;
  seconds: number;
}

export interface InstallProgress {
  message: string;
  /** 0 to 1 of the work that the message names; absent when not known. */
  fraction?: number;
}

/** What an installation will cost; shown to the user before anything is downloaded. */
export interface InstallPlan {
  /** Where it will lie, shared by all projects of the user. */
  folder: string;
  downloadBytes: number;
  diskBytes: number;
}

export interface InstallResult {
  selection: RuntimeSelection;
  steps: StepResult[];
}

/** A place where a TensorFlow may lie, before anybody tried to load it. */
export interface Candidate {
  /** In words: `DINNB_TENSORFLOW`, `the cache`, ... */
  origin: string;
  /** tfjs_binding.node */
  addon: string;
  /** Its installation folder, where the origin is a folder of our own making. */
  folder?: string;
}

export interface CandidateVerdict extends Candidate {
  ok: boolean;
  reason: string;
  /** Version of libtensorflow, when it loads. */
  tensorflow?: string;
  /** Whether this libtensorflow can compile graphs with XLA, when it loads. */
  xla?: boolean;
}

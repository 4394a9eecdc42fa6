import type { MimeBundle } from './mime';

/** An error of user code, its stack mapped to the notebook: `cell 3:12:5` frames, the kernel's own frames removed. */
export interface ErrorOutput {
  name: string;
  message: string;
  stack: string;
}

/** What a running cell sends, in order. A display id is unique within a kernel's life. */
export type OutputEvent =
  | { type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { type: 'display'; displayId: string; data: MimeBundle }
  | { type: 'result'; displayId: string; data: MimeBundle }
  | { type: 'update'; displayId: string; data: MimeBundle }
  | { type: 'append'; displayId: string; mime: string; patch: unknown }
  | { type: 'error'; error: ErrorOutput };

/** One output as a notebook keeps it. Streams are merged while they follow each other. */
export type CellOutput =
  | { type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { type: 'display' | 'result'; displayId?: string; data: MimeBundle }
  | { type: 'error'; error: ErrorOutput };

import type { MimeBundle } from './mime';

/** A shown output that can change in place. */
export interface DisplayHandle {
  readonly id: string;
  /** Replaces the shown bundle, and what is saved. */
  update(bundle: MimeBundle): void;
  /** Sends a small change of one representation to a live renderer; what is saved changes only by `update`. */
  append(mime: string, patch: unknown): void;
}

/** Where `display` goes: the kernel sends it to its host, a plain Node program prints the text. */
export type DisplaySink = (bundle: MimeBundle) => DisplayHandle;

let nextId = 0;

const printText: DisplaySink = (bundle) => {
  const print = (b: MimeBundle) => {
    if (typeof b['text/plain'] === 'string') console.log(b['text/plain']);
  };
  print(bundle);
  return { id: `text-${nextId++}`, update: print, append: () => {} };
};

/** One for the process: an exported script and the library that it loads are two bundles. */
const SINK = Symbol.for('dinnb.displaySink');
const shared = globalThis as { [SINK]?: DisplaySink };

/** The kernel calls this once, before user code runs. */
export function setDisplaySink(next: DisplaySink): void {
  shared[SINK] = next;
}

export function showBundle(bundle: MimeBundle): DisplayHandle {
  return (shared[SINK] ?? printText)(bundle);
}

/** An object with this method chooses its own representations: `[Symbol.for('dinnb.display')](): MimeBundle`. */
export const DISPLAY: unique symbol = Symbol.for('dinnb.display') as never;

export interface Displayable {
  [DISPLAY](): MimeBundle;
}

/**
 * A value may have been drawn already while it came about, as a training is: this method returns that display. As the last value
 * of the cell that drew it, such a value is not drawn a second time.
 */
export const DRAWN: unique symbol = Symbol.for('dinnb.drawn') as never;

export function isDisplayable(value: unknown): value is Displayable {
  return typeof (value as Displayable | undefined)?.[DISPLAY] === 'function';
}

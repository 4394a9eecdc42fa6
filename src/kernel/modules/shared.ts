import type { MessagePort } from 'node:worker_threads';

/** Where modules made for preloaded packages find them, on the main thread's global object. */
export const PRELOADED: unique symbol = Symbol.for('dinnb.preloaded') as never;

export interface HookData {
  port: MessagePort;
  /** Export names of each preloaded package. */
  names: { [specifier: string]: string[] };
  /** URL of a file of dinnb, from which its own packages resolve. */
  kernelUrl: string;
}

export function isTensorFlow(specifier: string): boolean {
  return /^@tensorflow\/tfjs(-|\/|$)/.test(specifier);
}

const VERSION = 'dinnb';

/** The query that gives every edit of a workspace file a module of its own. */
export function versionedUrl(url: string, version: string): string {
  const versioned = new URL(url);
  versioned.searchParams.set(VERSION, version);
  return versioned.href;
}

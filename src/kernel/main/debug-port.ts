import inspector from 'node:inspector';

let isOpen = false;

/**
 * Opens V8's inspector for a debugger, on loopback and a port of the system's choice, or closes it. The path of its address is random, and
 * told to nobody but the host (`host/kernel-child.ts`).
 * @returns its address while it is open
 */
export function debugPort(open: boolean): string | undefined {
  isOpen = open;
  if (!open) {
    inspector.close();
    return undefined;
  }
  if (!inspector.url()) inspector.open(0, '127.0.0.1');
  return inspector.url();
}

/** Calls of `console.log` that a debugger makes at a logpoint, known by the name that Node's debugger in VS Code gives such code. */
const LOGPOINT = /\blogpoint-\w+\.cdp\b/;

/** @returns whether this was called at a logpoint, and said in the debugger's console: it is no output of the cell */
export function toldDebugger(values: readonly unknown[]): boolean {
  if (!isOpen || !LOGPOINT.test(new Error().stack ?? '')) return false;
  inspector.console.log(...values);
  return true;
}

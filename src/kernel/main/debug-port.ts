import inspector from 'node:inspector';

/**
 * Opens V8's inspector for a debugger, on loopback and a port of the system's choice, or closes it. The path of its address is random, and
 * told to nobody but the host (`host/kernel-child.ts`).
 * @returns its address while it is open
 */
export function debugPort(open: boolean): string | undefined {
  if (!open) {
    inspector.close();
    return undefined;
  }
  if (!inspector.url()) inspector.open(0, '127.0.0.1');
  return inspector.url();
}

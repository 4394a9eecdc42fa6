import { totalmem } from 'node:os';

/** Bytes of memory that this process may have: the machine's, or the container's, where there is a smaller limit. */
export function memoryLimit(): number {
  // Node says 0 or more than there is where nothing constrains it.
  const constrained = process.constrainedMemory();
  return Math.min(totalmem(), constrained > 0 ? constrained : Number.POSITIVE_INFINITY);
}

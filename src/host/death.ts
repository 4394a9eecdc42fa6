import type { ErrorOutput } from '../outputs/events';
import type { KernelExit } from './kernel-child';

/** Why a kernel's process ended, in a sentence: cause, exit code, remedy. */
export function deathReason({ code, signal }: KernelExit, lastText: string, announced?: string): string {
  const how = signal ? `signal ${signal}` : code === null ? 'it did not start' : `exit code ${code}`;
  if (announced) return `The kernel has ended: ${announced} (${how}).`;
  if (/heap out of memory|Reached heap limit|Zone Allocation failed|ERR_WORKER_OUT_OF_MEMORY/i.test(lastText)) {
    const remedy = 'Keep less data in variables, or give Node more memory: NODE_OPTIONS=--max-old-space-size=8192 (MB)';
    return `The kernel ran out of memory: JavaScript heap out of memory (${how}). ${remedy}.`;
  }
  if (/std::bad_alloc|OOM when allocating|Allocation failed/i.test(lastText)) {
    return `The kernel ran out of memory in native code (${how}). Use smaller batches or tensors.${lastLines(lastText)}`;
  }
  if (signal === 'SIGKILL') {
    return `The kernel was killed (${how}): by someone, or by the system because memory ran out.`;
  }
  if (signal) return `The kernel crashed (${how}).${lastLines(lastText)}`;
  return `The kernel's process ended by itself (${how}).${lastLines(lastText)}`;
}

const NEXT_STEP = 'Its variables are gone. Restart the kernel and run the cells again from the top.';

/** How a cell ends whose kernel died. */
export function deathError(reason: string): ErrorOutput {
  const message = `${reason} ${NEXT_STEP}`;
  // A line a sentence: the editor does not wrap an error's lines.
  return { name: 'KernelDied', message, stack: `KernelDied: ${reason}\n${NEXT_STEP}` };
}

function lastLines(text: string): string {
  const lines = text.trim().split('\n').filter(Boolean).slice(-5);
  return lines.length > 0 ? ` It last wrote:\n${lines.join('\n')}\n` : '';
}

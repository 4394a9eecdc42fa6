import { type InspectOptions, inspect } from 'node:util';

const OPTIONS = { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 } as const;

/** Any value as text, as Node's REPL prints it; a value that resists (a throwing `inspect` of its own) is named. */
export function inspectText(value: unknown, options: InspectOptions = OPTIONS): string {
  try {
    return inspect(value, options);
  } catch (error) {
    return `[a value that cannot be inspected: ${reason(error)}]`;
  }
}

function reason(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'its error cannot be printed either';
  }
}

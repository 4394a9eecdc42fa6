import { types } from 'node:util';
import { InterruptedError } from '../../din/interrupt';
import { inspectText } from '../display/text';
import type { SeenError } from '../link';

const MAX_DEPTH = 8;
/** What an error carries may be large: a request, a response. */
const PROPERTIES = { depth: 1, maxArrayLength: 10, maxStringLength: 500, breakLength: 100 } as const;
const TOLD_ELSEWHERE = new Set(['name', 'message', 'stack', 'cause', 'errors']);

/** An error as text, whatever was thrown: reading it never throws. Stacks are still those of the compiled code. */
export function describeError(value: unknown): SeenError {
  try {
    return describe(value, new Set(), 0);
  } catch (error) {
    return brokenKernel(error);
  }
}

/** What a kernel can still say when a cell has replaced a method that all code depends on. */
export function brokenKernel(error: unknown): SeenError {
  const reason = readText(() => (error as Error).message) ?? 'it cannot say why';
  const message = `The kernel failed (${reason}). Most likely a cell has replaced a built-in method that it needs, such as Array.prototype.map: restart the kernel.`;
  return { name: 'KernelError', message, frames: [], details: '' };
}

function describe(value: unknown, seen: Set<unknown>, depth: number): SeenError {
  if (!isError(value)) {
    return {
      name: 'Error',
      message: `A value that is not an Error was thrown: ${inspectText(value)}`,
      frames: [],
      details: '',
    };
  }
  seen.add(value);
  const error = value as Error & { errors?: unknown };
  const name = readText(() => error.name) || readText(() => error.constructor.name) || 'Error';
  const message = readText(() => error.message) ?? '(its message cannot be read)';
  const frames = framesOf(readText(() => error.stack) ?? '', message);
  return { name, message, frames, details: depth < MAX_DEPTH ? detailsOf(error, seen, depth + 1) : '' };
}

function detailsOf(error: Error & { errors?: unknown }, seen: Set<unknown>, depth: number): string {
  const tell = (heading: string, inner: unknown) => {
    if (seen.has(inner)) return `${heading}: (the same error again)\n`;
    const { name, message, frames, details } = describe(inner, seen, depth);
    return `${heading}: ${[headline(name, message), ...frames].join('\n')}\n${details}`;
  };
  const errors = read(() => (Array.isArray(error.errors) ? [...(error.errors as unknown[])] : [])) ?? [];
  const aggregated = errors.map((inner, index) => tell(`Error ${index + 1} of ${errors.length}`, inner));
  const hasCause = read(() => error.cause !== undefined) ?? false;
  return [
    propertiesOf(error),
    ...aggregated,
    ...(hasCause
      ? [
          tell(
            'Caused by',
            read(() => error.cause),
          ),
        ]
      : []),
  ].join('');
}

/** What Node and packages add to their errors: `code`, `status`. */
function propertiesOf(error: Error): string {
  const names = (read(() => Object.keys(error)) ?? []).filter((name) => !TOLD_ELSEWHERE.has(name));
  if (names.length === 0) return '';
  const own = Object.fromEntries(
    names.map((name) => [name, read(() => (error as unknown as { [name: string]: unknown })[name])]),
  );
  return `${inspectText(own, PROPERTIES)}\n`;
}

/** `Name: message`, or only the name. */
export function headline(name: string, message: string): string {
  return message ? `${name}: ${message}` : name;
}

/** Whether the error tells of an interrupt; asking a hostile value never throws. */
export function isInterrupt(value: unknown): boolean {
  return read(() => value instanceof InterruptedError) ?? false;
}

function isError(value: unknown): boolean {
  return types.isNativeError(value) || (read(() => value instanceof Error) ?? false);
}

/**
 * The `at ...` lines; those that a message may contain are not frames. Where Node could not load a file, its place stands above the message,
 * as a line of code with a mark below, and nowhere else.
 */
function framesOf(stack: string, message: string): string[] {
  const start = message === '' ? 0 : stack.indexOf(message) + message.length;
  const frames = stack
    .slice(Math.max(0, start))
    .split('\n')
    .filter((line) => /^\s*at \S/.test(line));
  const [, file, line, indent] = /^((?:file:|\/|[A-Za-z]:\\).*):(\d+)\n.*\n(\s*)\^/.exec(stack) ?? [];
  return file ? [`    at ${file}:${line}:${indent!.length + 1}`, ...frames] : frames;
}

function read<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined; // a getter or proxy of the user's that throws: there is nothing to read
  }
}

function readText(get: () => unknown): string | undefined {
  const value = read(get);
  return typeof value === 'string' ? value : undefined;
}

import { Console } from 'node:console';
import { StringDecoder } from 'node:string_decoder';
import { toldDebugger } from './debug-port';
import type { Outbox } from './outbox';
import type { Run, Runs } from './runs';

export const OUTPUT_LIMIT_VARIABLE = 'DINNB_OUTPUT_LIMIT_MB';
const DEFAULT_LIMIT_MB = 10;
const LONGEST_QUESTION = 1000;
const CHARACTERS_A_MB = 1024 * 1024;

type StreamName = 'stdout' | 'stderr';
type WriteCallback = (error?: Error | null) => void;

/**
 * What JavaScript writes to stdout and stderr becomes output of its cell, in order with `display()`. The real streams
 * stay as they are: processes that cells start and native code write there, and the host reads it.
 */
export function captureStreams(runs: Runs, outbox: Outbox): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new StringDecoder('utf8');
    const write = (chunk: unknown, encoding?: unknown, callback?: unknown): boolean => {
      print(textOf(chunk, encoding, decoder), name, runs, outbox);
      const done = (typeof encoding === 'function' ? encoding : callback) as WriteCallback | undefined;
      if (typeof done === 'function') process.nextTick(done);
      return true;
    };
    process[name].write = write as typeof process.stdout.write;
  }
  // Node's own console also hands its arguments to the inspector, which would keep printed tensors and arrays alive.
  const value = Object.assign(
    Object.create(console) as Console,
    new Console({ stdout: process.stdout, stderr: process.stderr, colorMode: false }),
  );
  const { log } = value;
  value.log = (...values: unknown[]) => {
    if (!toldDebugger(values)) log(...values);
  };
  Object.defineProperty(globalThis, 'console', { value, writable: true, configurable: true, enumerable: false });
}

function textOf(chunk: unknown, encoding: unknown, decoder: StringDecoder): string {
  if (typeof chunk === 'string') {
    const isText = typeof encoding !== 'string' || /^utf-?8$/i.test(encoding);
    return isText ? chunk : Buffer.from(chunk, encoding as BufferEncoding).toString('utf8');
  }
  if (chunk instanceof Uint8Array) return decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  throw new TypeError(`A stream takes text or bytes, not ${chunk === null ? 'null' : typeof chunk}.`);
}

function print(text: string, name: StreamName, runs: Runs, outbox: Outbox): void {
  const run = runs.active;
  if (text === '' || run?.truncated) return;
  if (!run) {
    outbox.log(name === 'stderr' ? 'warn' : 'info', text);
    return;
  }
  if (name === 'stdout') run.lastLine = lastLineOf(run.lastLine, text);
  const limit = limitInMegabytes() * CHARACTERS_A_MB;
  const room = limit - run.printed;
  run.printed += text.length;
  if (run.printed <= limit) outbox.output(run, { type: 'stream', name, text });
  else truncate(run, text.slice(0, room), name, outbox);
}

function lastLineOf(before: string, text: string): string {
  const end = text.lastIndexOf('\n');
  return (end < 0 ? before + text : text.slice(end + 1)).slice(-LONGEST_QUESTION);
}

function truncate(run: Run, rest: string, name: StreamName, outbox: Outbox): void {
  run.truncated = true;
  const megabytes = limitInMegabytes();
  const remedy = `process.env.${OUTPUT_LIMIT_VARIABLE} = '${megabytes * 10}'`;
  const notice = `[Output truncated: this cell printed more than ${megabytes} MB. To see more, run ${remedy} in an earlier cell.]`;
  outbox.output(run, { type: 'stream', name, text: `${rest}\n${notice}\n` });
}

function limitInMegabytes(): number {
  const wanted = Number(process.env[OUTPUT_LIMIT_VARIABLE]);
  return wanted > 0 ? wanted : DEFAULT_LIMIT_MB;
}

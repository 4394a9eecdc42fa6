import type { ErrorOutput } from '../outputs/events';
import type { MimeBundle } from '../outputs/mime';
import type { CellExecution, NotebookCell, SavedOutput } from './document';
import type { JsonPath } from './json-locator';
import { isJsonMime } from './mime-kind';
import { decodePayload, isPayloadReference, isQuoted, type Payloads } from './payloads';
import { type ShapeReader, unknownFields } from './shape';

type Run = Pick<NotebookCell, 'outputs' | 'execution' | 'unknownRun'>;

/** What the file keeps of a cell's last run; `value` is undefined for a cell that has none. */
export function parseRun(value: unknown, path: JsonPath, payloads: Payloads, reader: ShapeReader): Run {
  if (value === undefined) return { outputs: [] };
  const run = reader.object(value, path);
  const outputsPath = [...path, 'outputs'];
  const outputs = run.outputs === undefined ? [] : reader.array(run.outputs, outputsPath);
  const unknownRun = unknownFields(run, ['execution', 'outputs']);
  return {
    outputs: outputs.map((output, index) => parseOutput(output, [...outputsPath, index], payloads, reader)),
    ...(run.execution === undefined
      ? {}
      : { execution: parseExecution(run.execution, [...path, 'execution'], reader) }),
    ...(unknownRun && { unknownRun }),
  };
}

function parseExecution(value: unknown, path: JsonPath, reader: ShapeReader): CellExecution {
  const execution = reader.object(value, path);
  const unknown = unknownFields(execution, ['count', 'ok', 'startedAt', 'endedAt']);
  return {
    count: reader.number(execution.count, [...path, 'count']),
    ok: reader.boolean(execution.ok, [...path, 'ok']),
    startedAt: reader.number(execution.startedAt, [...path, 'startedAt']),
    endedAt: reader.number(execution.endedAt, [...path, 'endedAt']),
    ...(unknown && { unknown }),
  };
}

function parseOutput(value: unknown, path: JsonPath, payloads: Payloads, reader: ShapeReader): SavedOutput {
  const output = reader.object(value, path);
  const type = reader.oneOf(output.type, [...path, 'type'], ['stream', 'display', 'result', 'error']);
  const withUnknown = (saved: SavedOutput, known: string[]): SavedOutput => {
    const unknown = unknownFields(output, ['type', ...known]);
    return unknown ? { ...saved, unknown } : saved;
  };
  if (type === 'stream') {
    const name = reader.oneOf(output.name, [...path, 'name'], ['stdout', 'stderr']);
    const text = reader.lines(output.text, [...path, 'text']);
    return withUnknown({ type, name, text }, ['name', 'text']);
  }
  if (type === 'error') {
    const error = parseError(output.error, [...path, 'error'], reader);
    return withUnknown({ type, error }, ['error']);
  }
  const data = parseBundle(output.data, [...path, 'data'], payloads, reader);
  return withUnknown({ type, data }, ['displayId', 'data']);
}

function parseError(value: unknown, path: JsonPath, reader: ShapeReader): ErrorOutput {
  const { name, message, stack, ...rest } = reader.object(value, path);
  return {
    name: reader.string(name, [...path, 'name']),
    message: reader.string(message, [...path, 'message']),
    ...rest,
    stack: reader.lines(stack, [...path, 'stack']),
  };
}

function parseBundle(value: unknown, path: JsonPath, payloads: Payloads, reader: ShapeReader): MimeBundle {
  const bundle = Object.entries(reader.object(value, path));
  return Object.fromEntries(
    bundle.map(([mime, item]) => [mime, parseValue(mime, item, [...path, mime], payloads, reader)]),
  );
}

function parseValue(mime: string, value: unknown, path: JsonPath, payloads: Payloads, reader: ShapeReader): unknown {
  if (isPayloadReference(value)) {
    if (Object.hasOwn(payloads, value.$payload)) return decodePayload(payloads[value.$payload]!);
    // In a JSON representation this may be data that happens to look so; elsewhere bytes are missing.
    if (isJsonMime(mime)) return value;
    reader.fail(path, ` refers to the payload ${JSON.stringify(value.$payload)}, which the file does not hold`);
  }
  if (isQuoted(value)) return value.$json;
  return Array.isArray(value) && !isJsonMime(mime) ? reader.lines(value, path) : value;
}

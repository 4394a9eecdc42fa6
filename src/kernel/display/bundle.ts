import { inspect } from 'node:util';
import type { MimeBundle } from '../../outputs/mime';
import type { SentBundle } from '../link';

const MIME = /^(application|audio|font|image|message|model|multipart|text|video)\/[\w.+-]+(\s*;.*)?$/i;
const isText = (mime: string) => /^(text\/(plain|html|markdown|latex)|image\/svg\+xml)$/i.test(mime);
const SHORT = { depth: 0, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 60, maxArrayLength: 3 };

/** A plain object all of whose keys are MIME types. */
export function isMimeBundle(value: unknown): value is MimeBundle {
  if (value === null || typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => MIME.test(key));
}

/**
 * A bundle for the way to the shell: text and bytes as they are, the rest as JSON.
 * @throws TypeError that names the MIME type whose value JSON cannot express (a cycle, a BigInt), or that is to be a text and is none
 */
export function sentBundle(bundle: MimeBundle): SentBundle {
  const sent: SentBundle = {};
  for (const [mime, value] of Object.entries(bundle)) {
    if (value === undefined) continue;
    if (value instanceof ArrayBuffer) sent[mime] = new Uint8Array(value);
    else if (value instanceof Uint8Array) sent[mime] = Uint8Array.from(value);
    else if (typeof value === 'string') sent[mime] = value;
    else if (isText(mime)) throw new TypeError(`${mime}: the value must be a text, not ${inspect(value, SHORT)}.`);
    else sent[mime] = sentJson(value, mime);
  }
  return sent;
}

/** @throws TypeError with the place, where the number would be another one */
export function exactNumber(value: bigint, place: string): number {
  const number = Number(value);
  if (Number.isFinite(number) && BigInt(number) === value) return number;
  throw new TypeError(
    `${place} is the BigInt ${value}n, which no number holds exactly: give it as a text, String(value), or as Number(value).`,
  );
}

/** Columns, batches and the like are typed arrays: in JSON they are lists, not objects with numbers for names. */
function asList(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return exactNumber(value, key === '' ? 'the value' : `'${key}'`);
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Float32Array) : value;
}

/** @throws TypeError naming `mime` */
export function sentJson(value: unknown, mime: string): { json: string } {
  let json: string | undefined;
  try {
    json = JSON.stringify(value, asList);
  } catch (error) {
    throw new TypeError(
      `${mime}: the value cannot be written as JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (json === undefined) throw new TypeError(`${mime}: a ${typeof value} cannot be written as JSON.`);
  return { json };
}

import { textHash } from '../base/hash';
import { isJsonMime } from './mime-kind';

/** How an output refers to bytes that stand at the end of the file. */
interface PayloadReference {
  $payload: string;
}

export type Payloads = { [key: string]: string };

/** Collects the bytes of all outputs; the same picture twice is kept once, and keeps its line while it is unchanged. */
export class PayloadWriter {
  readonly payloads: Payloads = {};

  add(bytes: Uint8Array): PayloadReference {
    // The letter keeps JavaScript from sorting keys that happen to be all digits.
    const key = `p${textHash(bytes).slice(0, 16)}`;
    this.payloads[key] = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    return { $payload: key };
  }
}

export function isPayloadReference(value: unknown): value is PayloadReference {
  return onlyField(value) === '$payload' && typeof (value as PayloadReference).$payload === 'string';
}

/** A value that would be read as something else stands for itself inside `$json`. */
export function quoted(mime: string, value: unknown): unknown {
  const misread = ['$payload', '$json'].includes(onlyField(value) ?? '') || (Array.isArray(value) && !isJsonMime(mime)); // a list of texts is one text by its lines
  return misread ? { $json: value } : value;
}

export function isQuoted(value: unknown): value is { $json: unknown } {
  return onlyField(value) === '$json';
}

function onlyField(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const names = Object.keys(value);
  return names.length === 1 ? names[0] : undefined;
}

/** What is no base64 would be read as fewer bytes, and written so. */
export const isPayload = (base64: string): boolean => /^[A-Za-z0-9+/]*={0,2}$/.test(base64);

export function decodePayload(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

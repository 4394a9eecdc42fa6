import { createHash } from 'node:crypto';

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
    const key = `p${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;
    this.payloads[key] = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    return { $payload: key };
  }
}

export function isPayloadReference(value: unknown): value is PayloadReference {
  if (typeof value !== 'object' || value === null) return false;
  const fields = Object.entries(value);
  return fields.length === 1 && fields[0]![0] === '$payload' && typeof fields[0]![1] === 'string';
}

export function decodePayload(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

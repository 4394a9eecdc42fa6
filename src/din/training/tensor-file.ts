import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import { writeFileAtomically } from '../../base/atomic-file';

/** A tensor in a file of tensors: their values stand one after the other, little endian. */
export interface TensorEntry {
  name: string;
  shape: number[];
  dtype: 'float32' | 'int32';
}

/** What a file of tensors must be, so that damage is told and not trained on. */
export interface TensorFile {
  bytes: number;
  sha256: string;
}

export const entryBytes = ({ shape }: TensorEntry): number => 4 * shape.reduce((a, b) => a * b, 1);

export const entryOf = (name: string, { shape, dtype }: tf.Tensor): TensorEntry => ({
  name,
  shape: [...shape],
  dtype: dtype as TensorEntry['dtype'],
});

/** Bytes that are read, written and hashed at once: a table may be larger than any buffer. */
const PART = 2 ** 25;

/** The bytes of values, in parts: a hash takes no more than 2 GiB at once. */
export function* bytesOf({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): Iterable<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < byteLength; at += PART) {
    yield new Uint8Array(buffer as ArrayBuffer, byteOffset + at, Math.min(PART, byteLength - at));
  }
}

/**
 * Writes tensors, one at a time, atomically. They may change meanwhile: what is written is what they are now.
 * @throws the file system's error.
 */
export async function writeTensors(file: string, tensors: readonly tf.Tensor[]): Promise<TensorFile> {
  // A clone shares its values until the original is assigned anew: a snapshot that costs nothing.
  const snapshots = tensors.map((tensor) => tensor.clone());
  const hash = createHash('sha256');
  let bytes = 0;
  function* parts() {
    for (const tensor of snapshots) {
      for (const part of bytesOf(tensor.dataSync())) {
        hash.update(part);
        bytes += part.length;
        yield part;
      }
    }
  }
  try {
    await writeFileAtomically(file, parts());
  } finally {
    tf.dispose(snapshots);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** A file of tensors that is not what it should be; `message` fits behind the file's name. */
export class DamagedTensors extends Error {}

/**
 * Reads tensors one at a time. What `take` got counts only when this returns: damage shows at the end.
 * @param take is given each entry with its values.
 * @throws DamagedTensors, or the file system's error.
 */
export async function readTensors(
  file: string,
  expected: TensorFile,
  entries: readonly TensorEntry[],
  take: (entry: TensorEntry, values: Float32Array | Int32Array, index: number) => void,
): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const promised = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
    if (size !== expected.bytes || promised !== expected.bytes) {
      throw new DamagedTensors(
        `has ${size} bytes, its description speaks of ${expected.bytes} and lists ${promised}: it is incomplete`,
      );
    }
    const hash = createHash('sha256');
    for (const [i, entry] of entries.entries()) {
      const values = new (entry.dtype === 'int32' ? Int32Array : Float32Array)(entryBytes(entry) / 4);
      await readInto(handle, values, (part) => hash.update(part));
      take(entry, values, i);
    }
    if (hash.digest('hex') !== expected.sha256) {
      throw new DamagedTensors('is damaged: its checksum is not the one in its description');
    }
  } finally {
    await handle.close();
  }
}

async function readInto(
  handle: FileHandle,
  { buffer, byteLength }: Float32Array | Int32Array,
  seen: (part: Uint8Array) => void,
): Promise<void> {
  for (let at = 0; at < byteLength; ) {
    const wanted = Math.min(PART, byteLength - at);
    const { bytesRead } = await handle.read(new Uint8Array(buffer, at, wanted), 0, wanted);
    if (!bytesRead) throw new DamagedTensors('ends too early');
    seen(new Uint8Array(buffer, at, bytesRead));
    at += bytesRead;
  }
}

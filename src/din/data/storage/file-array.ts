import { closeSync, openSync, read, readSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { DataError } from '../../errors';
import type { NumberArray } from '../columns';
import { spillFolder } from './folder';

export interface Kind<A extends NumberArray = NumberArray> {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (length: number): A;
  new (buffer: ArrayBufferLike, offset: number, length: number): A;
}

/** How bytes reach the disk; tests put a full one in its place. */
export const disk = { write: writeSync };

const readAsync = promisify(read);
let files = 0;

/** Files of which nobody holds a part any more are closed, and so go. */
const abandoned = new FinalizationRegistry<{ fd: number; file: string }>(remove);

function remove({ fd, file }: { fd: number; file: string }): void {
  closeSync(fd);
  rmSync(file, { force: true });
}

/** A file of the spill folder that grows at its end. Where the system lets it, it has no name: it cannot be left behind. */
export class SpillFile {
  private readonly place: { fd: number; file: string };
  private bytes = 0;
  private closed = false;

  constructor() {
    const file = path.join(spillFolder(), `column-${++files}`);
    this.place = { fd: openSync(file, 'wx+', 0o600), file };
    if (process.platform !== 'win32') rmSync(file);
    abandoned.register(this, this.place, this);
  }

  /** @throws DataError where the disk is full; the file is gone then. */
  append(values: ArrayBufferView): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    try {
      for (let done = 0; done < bytes.length; ) {
        done += disk.write(this.place.fd, bytes, done, bytes.length - done, this.bytes + done);
      }
    } catch (error) {
      this.close();
      throw asFullDisk(error);
    }
    this.bytes += bytes.length;
  }

  get size(): number {
    return this.bytes;
  }

  readInto(view: ArrayBufferView, position: number): void {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.open, bytes, done, bytes.length - done, position + done);
      if (count === 0) throw shortFile();
      done += count;
    }
  }

  async fetchInto(view: ArrayBufferView, position: number): Promise<void> {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await readAsync(this.open, bytes, done, bytes.length - done, position + done);
      if (bytesRead === 0) throw shortFile();
      done += bytesRead;
    }
  }

  private get open(): number {
    if (!this.closed) return this.place.fd;
    throw new DataError('This table on disk has been disposed: its files are gone. Read it anew.');
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    abandoned.unregister(this);
    remove(this.place);
  }
}

const shortFile = () => new DataError('A temporary file of a table on disk is shorter than it was written.');

/** A full disk as an error of ours; another error as it is. */
export function asFullDisk(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && code !== 'EFBIG') return error;
  return new DataError(
    `The disk is full (${code}): no room for a table in ${spillFolder()}. What was written of it is removed again. Make room, or ` +
      'set DINNB_CACHE to a folder on another disk before the kernel starts.',
    { cause: error },
  );
}

/** Values that are read at once where they are asked for one by one. */
const NEAR = 4096;

/** What a typed array is in memory: numbers of one kind, in a file. Parts share the file. */
export class FileArray<A extends NumberArray = NumberArray> {
  private near: { start: number; values: A } | undefined;
  private loaded: WeakRef<A> | undefined;

  constructor(
    readonly file: SpillFile,
    readonly kind: Kind<A>,
    private readonly start: number,
    readonly length: number,
  ) {}

  /** As a typed array's: negative places count from the end. */
  subarray(start = 0, end = this.length): FileArray<A> {
    const at = (place: number) => Math.max(0, place < 0 ? this.length + place : Math.min(place, this.length));
    const from = at(start);
    return new FileArray(this.file, this.kind, this.start + from, Math.max(0, at(end) - from));
  }

  at(i: number): number {
    if (!this.near || i < this.near.start || i >= this.near.start + this.near.values.length) {
      const start = i - (i % NEAR);
      this.near = { start, values: this.read(start, Math.min(NEAR, this.length - start)) };
    }
    return this.near.values[i - this.near.start];
  }

  read(start: number, count: number): A {
    const out = new this.kind(count);
    this.file.readInto(out, (this.start + start) * this.kind.BYTES_PER_ELEMENT);
    return out;
  }

  async fetch(start: number, count: number): Promise<A> {
    const out = new this.kind(count);
    await this.file.fetchInto(out, (this.start + start) * this.kind.BYTES_PER_ELEMENT);
    return out;
  }

  /** All of it in memory, as long as somebody holds it. */
  whole(): A {
    let values = this.loaded?.deref();
    if (!values) {
      values = this.read(0, this.length);
      this.loaded = new WeakRef(values);
    }
    return values;
  }
}

/** Numbers in memory or in a file. */
export type Stored<A extends NumberArray = NumberArray> = A | FileArray<A>;

export const isOnDisk = <A extends NumberArray>(values: Stored<A>): values is FileArray<A> =>
  values instanceof FileArray;

export const kindOf = <A extends NumberArray>(values: Stored<A>): Kind<A> =>
  isOnDisk(values) ? values.kind : (values.constructor as Kind<A>);

/** In memory, whole. */
export const inMemory = <A extends NumberArray>(values: Stored<A>): A => (isOnDisk(values) ? values.whole() : values);

export const valueAt = (values: Stored, i: number): number => (isOnDisk(values) ? values.at(i) : values[i]);

/** Values of a file that are worked on at a time. */
const PART = 2 ** 18;

/** The values in parts that fit in memory; of memory itself all at once. */
export function* partsOf<A extends NumberArray>(values: Stored<A>): Generator<{ start: number; values: A }> {
  if (!isOnDisk(values)) {
    yield { start: 0, values };
    return;
  }
  for (let start = 0; start < values.length; start += PART) {
    yield { start, values: values.read(start, Math.min(PART, values.length - start)) };
  }
}

/** Places of a file that are read together although nobody wants what lies between them. */
const GAP = 4096;
/** Values that are read together at most. */
const SPAN = 2 ** 20;

/** The values at some places, in the order of the places. In a file, near ones are read together. */
export function gather<A extends NumberArray>(values: Stored<A>, places: ArrayLike<number>): A {
  const out = new (kindOf(values))(places.length);
  if (!isOnDisk(values)) {
    for (let i = 0; i < places.length; i++) out[i] = values[places[i]];
    return out;
  }
  const order = ascending(places);
  for (let i = 0; i < order.length; ) {
    const first = places[order[i]];
    let end = i + 1;
    while (
      end < order.length &&
      places[order[end]] - places[order[end - 1]] <= GAP &&
      places[order[end]] - first < SPAN
    )
      end++;
    const part = values.read(first, places[order[end - 1]] - first + 1);
    for (; i < end; i++) out[order[i]] = part[places[order[i]] - first];
  }
  return out;
}

/** The order in which places ascend. */
function ascending(places: ArrayLike<number>): ArrayLike<number> {
  const order = Int32Array.from({ length: places.length }, (_, i) => i);
  for (let i = 1; i < places.length; i++) {
    if (places[i] < places[i - 1]) return order.sort((a, b) => places[a] - places[b] || a - b);
  }
  return order;
}

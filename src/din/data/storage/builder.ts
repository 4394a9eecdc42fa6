import { memoryLimit } from '../../../base/memory';
import { checkChoice } from '../../checks';
import type { NumberArray } from '../columns';
import { FileArray, isOnDisk, type Kind, partsOf, SpillFile, type Stored } from './file-array';

/** `memory` and `disk` say where a table lies; `auto`: in memory up to a quarter of the machine's (or the container's) memory. */
export type Storage = 'auto' | 'memory' | 'disk';

/** Throws a DataError for what is no storage; undefined is. */
export function checkStorage(where: string, storage: unknown): void {
  if (storage !== undefined) checkChoice(where, 'storage', storage, ['auto', 'memory', 'disk']);
}

/** Bytes that a table may take in memory by itself. `DINNB_TABLE_MB` (megabytes) overrides it. */
export function memoryBound(): number {
  const own = Number(process.env.DINNB_TABLE_MB);
  if (own > 0) return own * 1e6;
  return memoryLimit() / 4;
}

/** Where the columns of a table go while it comes about: to memory, until there is too much, or to files. */
export class Place {
  private bytes = 0;
  private readonly builders: Builder[] = [];
  /** Columns are written to files. */
  onDisk: boolean;

  constructor(
    readonly storage: Storage = 'auto',
    /** For the sentence that says that the table went to the disk. */
    private readonly source?: string,
    private readonly bound = storage === 'memory' ? Number.POSITIVE_INFINITY : memoryBound(),
  ) {
    this.onDisk = storage === 'disk';
  }

  builder<A extends NumberArray>(kind: Kind<A>): Builder<A> {
    const builder = new Builder(kind, this);
    this.builders.push(builder as unknown as Builder);
    return builder;
  }

  /** Told of what builders hold. */
  grown(bytes: number): void {
    this.bytes += bytes;
    if (this.onDisk || this.bytes <= this.bound) return;
    this.onDisk = true;
    for (const builder of this.builders) builder.spill();
    if (this.source !== undefined) {
      console.log(
        `${this.source}: more than ${(this.bound / 1e9).toFixed(1)} GB, so the table goes to the disk (storage: 'auto'); { storage: 'memory' } keeps it in memory.`,
      );
    }
  }

  /** The table is not to be: its files go. */
  discard(): void {
    for (const builder of this.builders) builder.discard();
  }
}

/** Bytes that are written at a time. */
const WRITE = 2 ** 20;

/** Numbers that come part by part. */
export class Builder<A extends NumberArray = NumberArray> {
  private parts: A[] = [];
  private partsLength = 0;
  private file: SpillFile | undefined;
  length = 0;

  constructor(
    private readonly kind: Kind<A>,
    private readonly place: Place,
  ) {}

  /** The part is kept: it must not be written to afterwards. */
  push(part: A): void {
    if (part.length === 0) return;
    this.parts.push(part);
    this.partsLength += part.length;
    this.length += part.length;
    this.place.grown(part.byteLength);
    if (this.place.onDisk && this.partsLength * this.kind.BYTES_PER_ELEMENT >= WRITE) this.spill();
  }

  /** What is in memory goes to the file. */
  spill(): void {
    if (this.partsLength === 0) return;
    this.file ??= new SpillFile();
    this.file.append(this.joined());
    this.parts = [];
    this.partsLength = 0;
  }

  /** All of it; nothing can be pushed afterwards. */
  finish(): Stored<A> {
    if (!this.place.onDisk) {
      const values = this.joined();
      this.parts = [];
      return values;
    }
    this.spill();
    return this.file ? new FileArray(this.file, this.kind, 0, this.length) : new this.kind(0);
  }

  discard(): void {
    this.file?.close();
  }

  private joined(): A {
    if (this.parts.length === 1) return this.parts[0];
    const out = new this.kind(this.partsLength);
    let at = 0;
    for (const part of this.parts) {
      out.set(part as never, at);
      at += part.length;
    }
    return out;
  }
}

/** Values made of others part by part, where those lie: in memory of memory, in a file of a file. The old file goes. */
export function converted<A extends NumberArray, B extends NumberArray>(
  values: Stored<A>,
  kind: Kind<B>,
  change: (part: A, start: number) => B,
): Stored<B> {
  if (!isOnDisk(values)) return change(values, 0);
  const builder = new Place('disk').builder(kind);
  try {
    for (const part of partsOf(values)) builder.push(change(part.values, part.start));
    return builder.finish();
  } catch (error) {
    builder.discard();
    throw error;
  } finally {
    values.file.close();
  }
}

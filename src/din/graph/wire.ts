/**
 * Writes Protocol Buffers' wire format: enough for GraphDef, and a hundred times faster than building message objects.
 * Fields are written in the order of the calls; `message` nests.
 */
export class ProtoWriter {
  private buffer = Buffer.allocUnsafe(128);
  private length = 0;

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.buffer.length, this.length + count));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }

  private push(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Varints above 2^31 and negative ones (sign-extended to 64 bits) go through BigInt. */
  private varint(value: number): void {
    this.reserve(10);
    if (Number.isSafeInteger(value) && value >= 0 && value < 2 ** 31) {
      let rest = value;
      for (; rest > 127; rest >>>= 7) this.buffer[this.length++] = (rest & 127) | 128;
      this.buffer[this.length++] = rest;
    } else {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) this.buffer[this.length++] = Number(rest & 127n) | 128;
      this.buffer[this.length++] = Number(rest);
    }
  }

  int(field: number, value: number): this {
    this.varint(field * 8);
    this.varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.varint(field * 8 + 5);
    this.push(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.varint(field * 8 + 2);
    this.varint(value.length);
    this.push(value);
    return this;
  }

  string(field: number, value: string): this {
    const count = Buffer.byteLength(value);
    this.varint(field * 8 + 2);
    this.varint(count);
    this.reserve(count);
    this.length += this.buffer.write(value, this.length, count, 'utf8');
    return this;
  }

  /** Packed repeated varints. */
  ints(field: number, values: readonly number[]): this {
    return this.message(field, (inner) => {
      for (const value of values) inner.varint(value);
    });
  }

  /** Packed repeated floats. */
  floats(field: number, values: readonly number[]): this {
    return this.bytes(field, new Uint8Array(Float32Array.from(values).buffer));
  }

  message(field: number, write: (inner: ProtoWriter) => void): this {
    const inner = new ProtoWriter();
    write(inner);
    this.varint(field * 8 + 2);
    this.varint(inner.length);
    this.push(inner.finish());
    return this;
  }

  finish(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }
}

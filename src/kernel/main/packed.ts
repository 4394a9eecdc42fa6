/** A string that a cell hands over as an object, so that only a reference to it passes through the inspector. */
class PackedString {
  constructor(readonly text: string) {}
}

/** Below this the way through the inspector's JSON costs microseconds. */
const LONG = 1000;

/** What compiled cells call on their value. */
export function pack(value: unknown): unknown {
  return typeof value === 'string' && value.length > LONG ? new PackedString(value) : value;
}

/** @returns the string that was packed; anything else as it is */
export function unpack(value: unknown): unknown {
  return value instanceof PackedString ? value.text : value;
}

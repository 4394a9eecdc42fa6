/**
 * Messages on the wire: JSON-RPC, with byte values kept out of the JSON.
 *
 * A body is `uint32 length of head | head | json | attachments`, little endian. The head is JSON: the length of the
 * message's JSON and, for each attachment, the path where it belongs and its length. Bytes are null in the JSON.
 */

type Path = (string | number)[];

interface Head {
  json: number;
  attachments: { path: Path; length: number }[];
}

const HEAD_LENGTH = 4;

/** The body of one message; `Uint8Array`s anywhere inside become attachments. */
export function encodeBody(message: unknown): Uint8Array {
  const attachments: { path: Path; bytes: Uint8Array }[] = [];
  const json = Buffer.from(JSON.stringify(takeBytes(message, [], attachments)), 'utf8');
  const head: Head = {
    json: json.length,
    attachments: attachments.map(({ path, bytes }) => ({ path, length: bytes.byteLength })),
  };
  const headBytes = Buffer.from(JSON.stringify(head), 'utf8');
  const length = Buffer.alloc(HEAD_LENGTH);
  length.writeUInt32LE(headBytes.length);
  return Buffer.concat([length, headBytes, json, ...attachments.map(({ bytes }) => bytes)]);
}

/** The message of a body, with its byte values as `Uint8Array`s of their own memory. */
export function decodeBody(body: Uint8Array): unknown {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let position = HEAD_LENGTH + buffer.readUInt32LE(0);
  const head = JSON.parse(buffer.toString('utf8', HEAD_LENGTH, position)) as Head;
  const root = { message: JSON.parse(buffer.toString('utf8', position, position + head.json)) as unknown };
  position += head.json;
  for (const { path, length } of head.attachments) {
    put(root, ['message', ...path], new Uint8Array(buffer.subarray(position, position + length)));
    position += length;
  }
  return root.message;
}

/** The value without its bytes; copied only along the paths that hold some. */
function takeBytes(value: unknown, path: Path, attachments: { path: Path; bytes: Uint8Array }[]): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) {
    attachments.push({ path, bytes: value });
    return null;
  }
  let copy: { [key: string | number]: unknown } | unknown[] | undefined;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    const child = (value as { [key: string | number]: unknown })[key];
    if (child === null || typeof child !== 'object') continue;
    const next = takeBytes(child, [...path, key], attachments);
    if (next === child) continue;
    copy ??= Array.isArray(value) ? [...value] : { ...value };
    (copy as { [key: string | number]: unknown })[key] = next;
  }
  return copy ?? value;
}

function put(root: unknown, path: Path, value: Uint8Array): void {
  let target = root as { [key: string | number]: unknown };
  for (const key of path.slice(0, -1)) target = target[key] as typeof target;
  // The path comes from the other side: it may only fill places that its JSON left empty.
  const last = path.at(-1)!;
  if (Object.hasOwn(target, last) && target[last] === null) target[last] = value;
}

import type { Duplex } from 'node:stream';
import {
  createMessageConnection,
  type Message,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { decodeBody, encodeBody } from './framing';

/** JSON-RPC over a pipe, byte values as attachments (`framing.ts`). The caller adds its handlers, then calls `listen()`. */
export function connectionOver(channel: Duplex): MessageConnection {
  return createMessageConnection(
    new StreamMessageReader(channel, {
      contentTypeDecoder: { name: 'dinnb', decode: async (body) => decodeBody(body) as Message },
    }),
    new StreamMessageWriter(channel, {
      contentTypeEncoder: { name: 'dinnb', encode: async (message) => encodeBody(message) },
    }),
  );
}

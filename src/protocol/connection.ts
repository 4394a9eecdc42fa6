import type { Socket } from 'node:net';
import {
  createMessageConnection,
  type Message,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { decodeBody, encodeBody } from './framing';

/** JSON-RPC over a socket, byte values as attachments (`framing.ts`). The caller adds its handlers, then calls `listen()`. */
export function connectionOver(socket: Socket): MessageConnection {
  return createMessageConnection(
    new StreamMessageReader(socket, {
      contentTypeDecoder: { name: 'dinnb', decode: async (body) => decodeBody(body) as Message },
    }),
    new StreamMessageWriter(socket, {
      contentTypeEncoder: { name: 'dinnb', encode: async (message) => encodeBody(message) },
    }),
  );
}

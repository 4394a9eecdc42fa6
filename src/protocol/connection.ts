import type { Duplex } from 'node:stream';
import {
  createMessageConnection,
  type Message,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { decodeBody, encodeBody } from './framing';

/**
 * A write that fails is told once, by the connection's `onError` or `onClose`. vscode-jsonrpc rejects a promise besides
 * that nobody can get at: in Node that is an unhandled rejection, which would end the host with its kernel.
 */
class Writer extends StreamMessageWriter {
  override async write(message: Message): Promise<void> {
    await super.write(message).catch(() => {});
  }
}

/** JSON-RPC over a pipe, byte values as attachments (`framing.ts`). The caller adds its handlers, then calls `listen()`. */
export function connectionOver(channel: Duplex): MessageConnection {
  const reader = new StreamMessageReader(channel, {
    contentTypeDecoder: { name: 'dinnb', decode: async (body) => decodeBody(body) as Message },
  });
  // It would look at half a message every ten seconds for ever, and keep its process alive when the other end died over one.
  reader.partialMessageTimeout = 0;
  return createMessageConnection(
    reader,
    new Writer(channel, {
      contentTypeEncoder: { name: 'dinnb', encode: async (message) => encodeBody(message) },
    }),
  );
}

import type { Duplex } from 'node:stream';
import {
  AbstractMessageWriter,
  createMessageConnection,
  type Message,
  type MessageConnection,
  type MessageWriter,
  StreamMessageReader,
} from 'vscode-jsonrpc/node';
import { decodeBody, encodeBody } from './framing';

/**
 * Writes a message in one go: vscode-jsonrpc's own writer waits between its head and its body, and the other side wakes twice.
 *
 * A write that fails is told once, by the connection's `onError` or `onClose`, and its promise resolves: a rejection would reach nobody, which
 * in Node ends the host with its kernel.
 */
class Writer extends AbstractMessageWriter implements MessageWriter {
  private failures = 0;

  constructor(private readonly channel: Duplex) {
    super();
    channel.on('error', (error) => this.fireError(error));
    channel.on('close', () => this.fireClose());
  }

  write(message: Message): Promise<void> {
    return new Promise((resolve) => {
      const failed = (error: Error) => {
        this.failures += 1;
        this.fireError(error, message, this.failures);
        resolve();
      };
      try {
        const body = encodeBody(message);
        this.channel.cork();
        this.channel.write(`Content-Length: ${body.byteLength}\r\n\r\n`, 'ascii');
        this.channel.write(body, (error) => (error ? failed(error) : resolve()));
        this.channel.uncork();
      } catch (error) {
        failed(error as Error);
      }
    });
  }

  end(): void {
    this.channel.end();
  }
}

/** JSON-RPC over a pipe, byte values as attachments (`framing.ts`). The caller adds its handlers, then calls `listen()`. */
export function connectionOver(channel: Duplex): MessageConnection {
  const reader = new StreamMessageReader(channel, {
    contentTypeDecoder: { name: 'dinnb', decode: async (body) => decodeBody(body) as Message },
  });
  // It would look at half a message every ten seconds for ever, and keep its process alive when the other end died over one.
  reader.partialMessageTimeout = 0;
  return createMessageConnection(reader, new Writer(channel));
}

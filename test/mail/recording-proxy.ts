import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A proxy between a mail client and a mail server that records the client's side. */
export interface RecordingProxy {
  /** The URL of the proxy for SMTP_URL, with the login of the server's URL. */
  url: string;
  /** All bytes that the client has sent. */
  received(): string;
  close(): Promise<void>;
}

/** With `refuses` it rejects this command and removes STARTTLS from the server's replies. */
export async function startRecordingProxy(
  smtpUrl: string,
  { refuses }: { refuses?: 'STARTTLS' | 'EHLO' } = {},
): Promise<RecordingProxy> {
  const target = new URL(smtpUrl);
  const sockets = new Set<Socket>();
  let received = '';

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      received += text;
      if (refuses && text.startsWith(refuses)) client.write('502 5.5.1 Command not recognized\r\n');
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      client.write(refuses ? Buffer.from(text.replace('STARTTLS', 'XXXXXXXA'), 'latin1') : bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const own = new URL(smtpUrl);
  own.port = String((server.address() as AddressInfo).port);
  return {
    url: own.href,
    received: () => received,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

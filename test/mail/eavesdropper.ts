import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Sits between a mail client and its server, and reads what passes. */
export interface Eavesdropper {
  /** Its own address, for SMTP_URL, with the login of the address it was given. */
  url: string;
  /** Every byte the client sent so far, as it was on the wire. */
  heard(): string;
  close(): Promise<void>;
}

/** Replies to the command `refuses` that it is not known, and does not let the server announce STARTTLS. */
export async function startEavesdropper(
  smtpUrl: string,
  { refuses }: { refuses?: 'STARTTLS' | 'EHLO' } = {},
): Promise<Eavesdropper> {
  const target = new URL(smtpUrl);
  const sockets = new Set<Socket>();
  let heard = '';

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
      const said = bytes.toString('latin1');
      heard += said;
      if (refuses && said.startsWith(refuses)) client.write('502 5.5.1 Command not recognized\r\n');
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      const said = bytes.toString('latin1');
      client.write(refuses ? Buffer.from(said.replace('STARTTLS', 'XXXXXXXA'), 'latin1') : bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const own = new URL(smtpUrl);
  own.port = String((server.address() as AddressInfo).port);
  return {
    url: own.href,
    heard: () => heard,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

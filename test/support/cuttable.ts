import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { DatabaseUrls } from '../../src/embedded-postgres/embedded-postgres.ts';

/** A cable between the portal and its database that a test may cut and mend. */
export interface Cuttable {
  urls: DatabaseUrls;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function cuttable(urls: DatabaseUrls): Promise<Cuttable> {
  const { hostname, port } = new URL(urls.app);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.resetAndDestroy();
    const far = connect(Number(port), hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const through = (url: string) =>
    Object.assign(new URL(url), {
      hostname: '127.0.0.1',
      port: String((server.address() as AddressInfo).port),
    }).href;
  const drop = () => sockets.forEach((socket) => socket.destroy());

  return {
    urls: { ...urls, app: through(urls.app), platform: through(urls.platform) },
    cut: () => {
      isCut = true;
      drop();
    },
    mend: () => {
      isCut = false;
    },
    close: () => {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { DatabaseUrls } from '../../src/embedded-postgres/embedded-postgres.ts';

/** Forwards the connections of a portal to its database until a test disconnects it. */
export interface TcpProxy {
  urls: DatabaseUrls;
  disconnect(): void;
  reconnect(): void;
  /** Keeps the connections open and forwards nothing. */
  hold(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(urls: DatabaseUrls): Promise<TcpProxy> {
  const { hostname, port } = new URL(urls.app);
  const sockets = new Set<Socket>();
  let isDisconnected = false;
  const server = createServer((client) => {
    if (isDisconnected) return void client.resetAndDestroy();
    pipeBothWays(client, connect(Number(port), hostname), sockets);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxyPort = String((server.address() as AddressInfo).port);
  const proxied = (url: string) =>
    Object.assign(new URL(url), { hostname: '127.0.0.1', port: proxyPort }).href;
  const closeSockets = () => sockets.forEach((socket) => socket.destroy());

  return {
    urls: { ...urls, app: proxied(urls.app), platform: proxied(urls.platform) },
    disconnect: () => {
      isDisconnected = true;
      closeSockets();
    },
    reconnect: () => {
      isDisconnected = false;
    },
    hold: () => sockets.forEach((socket) => socket.unpipe().pause()),
    close: () => {
      closeSockets();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function pipeBothWays(client: Socket, upstream: Socket, sockets: Set<Socket>): void {
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.pipe(other);
  }
}

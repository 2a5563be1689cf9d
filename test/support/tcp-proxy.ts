import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { DatabaseUrls } from '../../src/embedded-postgres/embedded-postgres.ts';

/** Forwards the connections of a portal to its database until a test disconnects it. */
export interface TcpProxy {
  urls: DatabaseUrls;
  disconnect(): void;
  reconnect(): void;
  /** Loses the bytes of every connection, which stays open. */
  swallow(): void;
  /** Without `isForever`, the connections of the time of `swallow()` forward later bytes again. */
  forward(options?: { isForever?: boolean }): void;
  close(): Promise<void>;
}

export function urlThrough(port: number, url: string): string {
  return Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href;
}

/** Of both sides. */
interface Tunnel {
  sockets: [Socket, Socket];
  isSwallowing: boolean;
}

export async function startTcpProxy(urls: DatabaseUrls, proxyPort = 0): Promise<TcpProxy> {
  const { hostname, port } = new URL(urls.app);
  const tunnels = new Set<Tunnel>();
  const state = { isDisconnected: false, isSwallowing: false };
  const server = createServer((client) => {
    if (state.isDisconnected) return void client.resetAndDestroy();
    openTunnel(tunnels, client, connect(Number(port), hostname), state.isSwallowing);
  });
  await new Promise<void>((resolve) => server.listen(proxyPort, '127.0.0.1', resolve));
  const proxied = (url: string) => urlThrough((server.address() as AddressInfo).port, url);
  const closeSockets = () => tunnels.forEach(({ sockets }) => sockets.forEach((socket) => socket.destroy()));
  const swallow = (isSwallowing: boolean) => {
    for (const tunnel of tunnels) tunnel.isSwallowing = isSwallowing;
  };

  return {
    urls: { ...urls, app: proxied(urls.app), platform: proxied(urls.platform) },
    disconnect: () => {
      state.isDisconnected = true;
      closeSockets();
    },
    reconnect: () => {
      state.isDisconnected = false;
    },
    swallow: () => {
      state.isSwallowing = true;
      swallow(true);
    },
    forward: ({ isForever = false } = {}) => {
      state.isSwallowing = false;
      if (!isForever) swallow(false);
    },
    close: () => {
      closeSockets();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function openTunnel(tunnels: Set<Tunnel>, client: Socket, upstream: Socket, isSwallowing: boolean): void {
  const tunnel: Tunnel = { sockets: [client, upstream], isSwallowing };
  tunnels.add(tunnel);
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      if (!tunnel.isSwallowing) other.write(bytes);
    });
    socket.on('close', () => {
      tunnels.delete(tunnel);
      other.destroy();
    });
  }
}

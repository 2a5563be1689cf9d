import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A pooler that, like PgBouncer before 1.21, gives each transaction any server connection. */
export interface TransactionPooler {
  url: string;
  close(): Promise<void>;
}

const READY_OUTSIDE_TRANSACTION = Buffer.from('Z\0\0\0\x05I');
const TERMINATE = 'X'.charCodeAt(0);

export async function startTransactionPooler(databaseUrl: string): Promise<TransactionPooler> {
  const { hostname, port } = new URL(databaseUrl);
  const servers: Socket[] = [];
  /** The one that became idle last is used first. */
  const idle: Socket[] = [];
  const clients = new Map<Socket, Socket>();

  const openServer = () => {
    const server = connect(Number(port), hostname).on('error', () => undefined);
    let tail = Buffer.alloc(0);
    server.on('data', (chunk) => {
      const client = clients.get(server);
      tail = Buffer.concat([tail, chunk]).subarray(-READY_OUTSIDE_TRANSACTION.length);
      if (tail.equals(READY_OUTSIDE_TRANSACTION)) {
        clients.delete(server);
        idle.push(server);
      }
      client?.write(chunk);
    });
    servers.push(server);
    return server;
  };
  const serverOf = (client: Socket) => {
    const [server] = [...clients].find(([, each]) => each === client) ?? [idle.pop() ?? openServer()];
    clients.set(server, client);
    return server;
  };

  const listener = createServer((client) => {
    // Each client logs in on a connection of its own.
    clients.set(openServer(), client);
    client.on('error', () => undefined);
    client.on('data', (chunk) => {
      if (chunk[0] !== TERMINATE) serverOf(client).write(chunk);
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = { hostname: '127.0.0.1', port: String((listener.address() as AddressInfo).port) };
  return {
    url: Object.assign(new URL(databaseUrl), address).href,
    close: async () => {
      for (const server of servers) server.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range that systems hand out to outgoing connections: the port must still be free when a server
// that died is started on it again.
const FIRST = 20_000;
const LAST = 32_000;

export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port for PostgreSQL between ${FIRST} and ${LAST} on 127.0.0.1.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

import { setTimeout as pause } from 'node:timers/promises';
import { livePostmaster } from './postmaster.ts';
import { startServer, type Launch, type ServerProcess } from './server-process.ts';

export type Healing = { server(): ServerProcess; stop(): Promise<void> };

/** Starts the server again, on the same port, whenever it ends by itself: the portal's pools find it there. */
export function healing(launch: Launch, first: ServerProcess, say: (sentence: string) => void): Healing {
  let server = first;
  const stopping = new AbortController();

  const watch = async (): Promise<void> => {
    await server.gone;
    if (stopping.signal.aborted) return;
    say('The embedded PostgreSQL ended unexpectedly; it is started again.');
    server = await startAgain(launch, stopping.signal, say).catch(() => server);
    if (stopping.signal.aborted) await server.stop();
    await watch();
  };
  const watching = watch();

  return {
    server: () => server,
    stop: async () => {
      stopping.abort();
      await server.stop();
      await watching;
    },
  };
}

// For as long as it takes: a full disk, say, is mended by a person while the portal waits.
async function startAgain(
  launch: Launch,
  stopping: AbortSignal,
  say: (sentence: string) => void,
): Promise<ServerProcess> {
  for (let wait = 50; ; wait = Math.min(wait * 2, 5_000)) {
    await pause(wait, undefined, { signal: stopping });
    // Only its watching shell was killed: the server goes on until this process ends.
    if (livePostmaster(launch.clusterDir)) continue;
    try {
      return await startServer(launch);
    } catch (error) {
      say((error as Error).message);
    }
  }
}

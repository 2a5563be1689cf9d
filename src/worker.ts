import type { Config } from './config.ts';
import type { Database } from './database/pools.ts';
import { startMailWorker } from './jobs/mail-worker.ts';
import type { Log } from './log.ts';
import { openTransport } from './mail/transport.ts';

export interface Worker {
  /** A mail was queued by this process. */
  nudgeMail(): void;
  stop(): Promise<void>;
}

/** What goes on behind the pages: delivering mail, sweeping, sealing the audit log. */
export function startWorker(deps: { config: Config; database: Database; log: Log }): Worker {
  const transport = openTransport(deps.config);
  const mail = startMailWorker({ ...deps, transport });
  return {
    nudgeMail: () => mail.nudge(),
    stop: async () => {
      await mail.stop();
      transport.close();
    },
  };
}

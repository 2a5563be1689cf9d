import type { Config } from './config.ts';
import type { Database } from './database/pools.ts';
import { startMailWorker } from './tasks/mail-worker.ts';
import { startJobs } from './tasks/schedules.ts';
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
  const jobs = startJobs(deps);
  return {
    nudgeMail: () => mail.nudge(),
    stop: async () => {
      await Promise.all([mail.stop(), jobs.stop()]);
      transport.close();
    },
  };
}

import type { Config } from './config.ts';
import type { Database } from './database/pools.ts';
import type { Log } from './log.ts';
import { openTransport } from './mail/transport.ts';
import { startMailWorker } from './tasks/mail-worker.ts';
import { startSchedules } from './tasks/schedules.ts';

export interface Worker {
  wakeMail(): void;
  stop(): Promise<void>;
}

export function startWorker(deps: { config: Config; database: Database; log: Log }): Worker {
  const transport = openTransport(deps.config);
  const mail = startMailWorker({ ...deps, transport });
  const schedules = startSchedules(deps);
  return {
    wakeMail: () => mail.wake(),
    stop: async () => {
      await Promise.all([mail.stop(), schedules.stop()]);
      transport.close();
    },
  };
}

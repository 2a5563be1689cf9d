import { setFlagsFromString } from 'node:v8';
import type { Config } from './config.ts';
import type { Database } from './database/pools.ts';
import type { Log } from './log.ts';
import { openEmailViews } from './mail/render-email.ts';
import { openTransport } from './mail/transport.ts';
import { chargeDeps } from './gateways/charge-deps.ts';
import { exportedLists } from './operations/list-exports.ts';
import { countViews } from './tasks/count-views.ts';
import { startGatewayEventWorker } from './tasks/gateway-event-worker.ts';
import { startMailWorker } from './tasks/mail-worker.ts';
import { startPaymentWorker } from './tasks/payment-worker.ts';
import { startSandboxWorker } from './tasks/sandbox-worker.ts';
import { allSchedules, startSchedules } from './tasks/schedules.ts';
import { startTaskProcess } from './tasks/start-task-process.ts';

export interface Worker {
  stop(): Promise<void>;
}

export function startWorker(deps: { config: Config; database: Database; log: Log }): Worker {
  // By default, V8 lets the heap grow to four times the objects in use.
  setFlagsFromString('--heap-growing-percent=100');
  openEmailViews().catch((err: unknown) => deps.log.error({ err }, 'A view cannot be read'));
  const transport = openTransport(deps.config);
  const parts = [
    startMailWorker({ ...deps, transport }),
    startTaskProcess(deps, deps.config),
    startPaymentWorker(chargeDeps(deps)),
    startGatewayEventWorker(chargeDeps(deps)),
    startSchedules(deps, [...allSchedules, countViews(exportedLists)]),
    ...(deps.config.production ? [] : [startSandboxWorker(deps)]),
  ];
  return {
    stop: async () => {
      await Promise.all(parts.map((part) => part.stop()));
      transport.close();
    },
  };
}

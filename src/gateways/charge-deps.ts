import type { Config } from '../config.ts';
import type { Database } from '../database/pools.ts';
import type { ChargeDeps } from '../domain/gateway/charge-deps.ts';
import type { Log } from '../log.ts';
import { openGateway } from './open-gateway.ts';

/** For actions of the domain, which imports no adapter. */
export function chargeDeps(deps: { config: Config; database: Database; log: Log }): ChargeDeps {
  return { ...deps, openGateway: (tenantId, row) => openGateway(deps, tenantId, row) };
}

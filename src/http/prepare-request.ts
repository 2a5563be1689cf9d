import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { AppDeps } from '../app.ts';
import { asPlatform } from '../database/as-platform.ts';
import { inTenant, readTenant } from '../database/in-tenant.ts';
import type { ChargeDeps } from '../domain/gateway/charge-deps.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import type { FileStore } from '../files/file-store.ts';
import type { Log } from '../log.ts';
import { isSecureHost } from './cookies.ts';
import { rememberFlashes } from './flash.ts';
import type { Throttle } from './rate-limit.ts';
import { MAX_PATH_LENGTH, rejectionOfRequest, type RejectionLog } from './rejection-log.ts';

type Deps = Pick<AppDeps, 'database' | 'config' | 'directory'> & {
  chargeDeps: ChargeDeps;
  fileStore: FileStore;
};

export function prepareRequest(deps: Deps, throttle: Throttle): RequestHandler {
  return (req, res, next) => {
    req.id = newRequestId();
    res.set('X-Request-Id', req.id);
    req.pathname = req.path;
    req.isSecureHost = isSecureHost(req.portal.host, deps.config.publicScheme);
    req.secretKeys = deps.config.secretKeys;
    req.throttle = throttle;
    req.chargeDeps = deps.chargeDeps;
    req.fileStore = deps.fileStore;
    req.storedSession = undefined;
    req.currentLogin = null;
    req.user = null;
    req.company = null;
    req.operator = null;
    if (req.portal.kind === 'platform') usePlatform(req, deps);
    else useTenant(req, req.portal.tenant, deps);
    next();
  };
}

/** 12 random digits. `randomUUID` is much cheaper than `randomBytes`, because Node reads its random bytes ahead. */
function newRequestId(): string {
  return randomUUID().slice(-12);
}

function usePlatform(req: Request, { database, directory }: Deps): void {
  req.asPlatform = async (work) => {
    const result = await asPlatform(database, work, { beforeRetry: rememberFlashes(req) });
    // Other processes see the changes when their cache expires.
    if (req.method === 'POST') directory.clear();
    return result;
  };
}

function useTenant(req: Request, tenant: Tenant, { database, directory }: Deps): void {
  req.forgetTenant = () => directory.forget(tenant.id);
  req.tenant = tenant;
  req.inTenant = (work) => inTenant(database, tenant.id, work, req.actor, rememberFlashes(req));
  req.readTenant = (build) => readTenant(database, tenant.id, build, req.actor);
}

/** Logs one line per response, without the query: it may contain a one-time token. Rejected requests are warnings. */
export function logRequests(log: Log, rejections: RejectionLog): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    res.on('finish', () => {
      const { id, method, pathname, portal } = req;
      const line = {
        request_id: id,
        method,
        path: pathname.slice(0, MAX_PATH_LENGTH),
        status: res.statusCode,
        ms: Math.round(performance.now() - startedAt),
        portal: portal.kind,
        tenant: portal.kind === 'platform' ? undefined : portal.tenant.slug,
      };
      log.info(line);
      const rejection = rejectionOfRequest(req, res);
      if (rejection) rejections.record(rejection, line);
    });
    next();
  };
}

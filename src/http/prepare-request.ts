import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import { asPlatform } from '../database/as-platform.ts';
import { inTenant, readTenant } from '../database/in-tenant.ts';
import type { AppDeps } from '../app.ts';
import { isSecureHost } from './cookies.ts';
import type { Throttle } from './rate-limit.ts';

/** What every request carries once its portal is known: an id, and the way to its tenant's rows. */
export function prepareRequest(
  {
    database,
    config,
    directory,
    nudgeMail,
  }: Pick<AppDeps, 'database' | 'config' | 'directory' | 'nudgeMail'>,
  throttle: Throttle,
): RequestHandler {
  return (req, res, next) => {
    req.id = randomBytes(6).toString('hex');
    res.set('X-Request-Id', req.id);
    req.pathname = req.path;
    req.isSecureHost = isSecureHost(req.portal.host, config.publicScheme);
    req.throttle = throttle;
    req.signIn = null;
    req.user = null;
    req.operator = null;
    if (req.portal.kind === 'platform') {
      req.asPlatform = async (work) => {
        const result = await asPlatform(database, work);
        // What the console changes is seen at once, at least by this process.
        if (req.method === 'POST') directory.clear();
        return result;
      };
    } else {
      const { tenant } = req.portal;
      req.tenant = tenant;
      req.inTenant = async (work) => {
        let hasQueuedMail = false;
        const result = await inTenant(database, tenant.id, async (db) => {
          const done = await work(db);
          hasQueuedMail = db.hasQueuedMail;
          return done;
        });
        if (hasQueuedMail) nudgeMail();
        return result;
      };
      req.readTenant = (build) => readTenant(database, tenant.id, build);
    }
    next();
  };
}

import type { RequestHandler } from 'express';
import type { Log } from '../log.ts';

/** One line for each answer: never the query, where a mailed link's token would stand. */
export function logRequests(log: Log): RequestHandler {
  return (req, res, next) => {
    const begun = performance.now();
    res.on('finish', () => {
      const { id, method, pathname, portal } = req;
      const tenant = portal.kind === 'platform' ? undefined : portal.tenant.slug;
      const ms = Math.round(performance.now() - begun);
      log.info({
        request_id: id,
        method,
        path: pathname,
        status: res.statusCode,
        ms,
        portal: portal.kind,
        tenant,
      });
    });
    next();
  };
}

import type { Request, RequestHandler, Response } from 'express';
import { TooManySimultaneousRequests } from '../errors.ts';
import { cookieName } from './cookies.ts';
import { ipPrefix } from './rate-limit.ts';
import { MAX_PATH_LENGTH, type RejectionLog } from './rejection-log.ts';

/** More than a browser sends when it opens many tabs, and too few to keep others waiting for a connection. */
export const MAX_PER_SESSION = 20;
/** The users of an office share one address. */
export const MAX_PER_IP = 60;

/** The handler of an aborted request continues. No response takes longer than this. */
const MAX_ABORTED_MS = 10_000;

/** Rejections are recorded here, because the request is not prepared. */
export function limitPerIp(rejections: RejectionLog): RequestHandler {
  return limitSimultaneous(MAX_PER_IP, ipPrefix, ({ method, path }) =>
    rejections.record('throttle', { method, path: path.slice(0, MAX_PATH_LENGTH) }),
  );
}

/** By the signed cookie, so that it costs no statement. */
export function limitPerSession(): RequestHandler {
  return limitSimultaneous(MAX_PER_SESSION, (req) => {
    const cookies = req.signedCookies as Record<string, unknown>;
    const sid = cookies[cookieName(req.portal.kind, req.isSecureHost)];
    return typeof sid === 'string' ? sid : undefined;
  });
}

/** In this process. A request without a key is not counted. */
function limitSimultaneous(
  limit: number,
  keyOf: (req: Request) => string | undefined,
  onReject?: (req: Request) => void,
): RequestHandler {
  const counts = new Map<string, number>();
  const add = (key: string, change: number) => {
    const count = (counts.get(key) ?? 0) + change;
    if (count > 0) counts.set(key, count);
    else counts.delete(key);
  };
  return (req, res, next) => {
    const key = keyOf(req);
    if (key === undefined) return next();
    if ((counts.get(key) ?? 0) >= limit) {
      onReject?.(req);
      throw new TooManySimultaneousRequests();
    }
    add(key, 1);
    onEnd(res, () => add(key, -1));
    next();
  };
}

/** Calls `release` once, when the handler has ended the response. */
function onEnd(res: Response, release: () => void): void {
  let isReleased = false;
  const releaseOnce = () => {
    if (!isReleased) release();
    isReleased = true;
  };
  const end = res.end.bind(res) as (...args: unknown[]) => Response;
  res.end = (...args: unknown[]) => {
    releaseOnce();
    return end(...args);
  };
  const releaseLater = () => {
    if (!isReleased) setTimeout(releaseOnce, MAX_ABORTED_MS).unref();
  };
  // The client may have aborted while an earlier handler ran.
  if (res.closed) releaseLater();
  else res.once('close', releaseLater);
}

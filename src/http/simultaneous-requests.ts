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
    onEnd(req, res, () => add(key, -1));
    next();
  };
}

/** Calls `release` once, when the handler has ended the response. */
function onEnd(req: Request, res: Response, release: () => void): void {
  if (req.endListeners) return void req.endListeners.push(release);
  req.endListeners = [release];
  const releaseAll = () => {
    const listeners = req.endListeners;
    req.endListeners = undefined;
    listeners?.forEach((listener) => listener());
  };
  const { end } = res as { end: (...args: unknown[]) => Response };
  res.end = (...args: unknown[]) => {
    releaseAll();
    return end.apply(res, args);
  };
  const releaseLater = () => {
    if (req.endListeners) setTimeout(releaseAll, MAX_ABORTED_MS).unref();
  };
  // The client may have aborted while an earlier handler ran.
  if (res.closed) releaseLater();
  else res.once('close', releaseLater);
}

declare module 'express-serve-static-core' {
  interface Request {
    /** Undefined before the first one and after the end of the response. */
    endListeners?: (() => void)[] | undefined;
  }
}

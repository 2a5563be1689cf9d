import session, { type Session, type SessionData } from 'express-session';
import type { Request, RequestHandler } from 'express';
import type { Config } from '../config.ts';
import type { Database } from '../database/pools.ts';
import { NoSession } from '../errors.ts';
import { cookieName, hasCookie } from './cookies.ts';
import { isSafe } from './csrf.ts';
import { newSid } from './session-id.ts';
import { PlatformSessionStore, TenantSessionStore } from './session-store.ts';

/** No session is stored before a login; login_sessions holds the idle and absolute timeouts. */
export function sessions(database: Database, config: Config): RequestHandler {
  return (req, res, next) => {
    const { kind } = req.portal;
    const secure = req.isSecureHost;
    const name = cookieName(kind, secure);
    // Secure cookies follow the configuration, never the header of a proxy or a client.
    req.headers['x-forwarded-proto'] = secure ? 'https' : 'http';
    const open = (done: (error?: unknown) => void) => {
      // One handler for each request: the cookie of another tenant's session must find nothing in the store.
      const handler = session({
        name,
        secret: config.secretKeys,
        store: new (kind === 'platform' ? PlatformSessionStore : TenantSessionStore)(database, req),
        genid: newSid,
        proxy: true,
        resave: false,
        saveUninitialized: false,
        unset: 'destroy',
        cookie: { secure, httpOnly: true, path: '/', sameSite: kind === 'account' ? 'lax' : 'strict' },
      });
      void handler(req, res, done);
    };
    if (!isSafe(req) || hasCookie(req, name)) return open(next);
    req.session = noSession;
    req.openSession = () => {
      delete req.openSession;
      delete (req as Partial<Request>).session;
      return new Promise((resolve, reject) => {
        open((error) => (error ? reject(error as Error) : resolve()));
      });
    };
    next();
  };
}

/** Of an anonymous user's request that only reads. Without this error a stored value would be lost. */
const noSession = new Proxy({} as Session & Partial<SessionData>, {
  set: (_session, name) => {
    throw new NoSession(String(name));
  },
});

declare module 'express-serve-static-core' {
  interface Request {
    /** Undefined when the session is open. */
    openSession?: () => Promise<void>;
  }
}

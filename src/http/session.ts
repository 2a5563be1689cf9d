import session from 'express-session';
import type { RequestHandler } from 'express';
import type { Config } from '../config.ts';
import type { Database } from '../database/pools.ts';
import { cookieName } from './cookies.ts';
import { newSid } from './session-id.ts';
import { PlatformSessionStore, TenantSessionStore } from './session-store.ts';

/** No session is stored before a login; login_sessions holds the idle and absolute timeouts. */
export function sessions(database: Database, config: Config): RequestHandler {
  return (req, res, next) => {
    const { kind } = req.portal;
    const secure = req.isSecureHost;
    // Secure cookies follow the configuration, never the header of a proxy or a client.
    req.headers['x-forwarded-proto'] = secure ? 'https' : 'http';
    // One handler for each request: the cookie of another tenant's session must find nothing in the store.
    const handler = session({
      name: cookieName(kind, secure),
      secret: config.secretKeys,
      store: new (kind === 'platform' ? PlatformSessionStore : TenantSessionStore)(database, req),
      genid: newSid,
      proxy: true,
      resave: false,
      saveUninitialized: false,
      unset: 'destroy',
      cookie: { secure, httpOnly: true, path: '/', sameSite: kind === 'account' ? 'lax' : 'strict' },
    });
    void handler(req, res, next);
  };
}

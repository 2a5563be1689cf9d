import session from 'express-session';
import type { RequestHandler } from 'express';
import type { Config } from '../config.ts';
import type { Database } from '../database/pools.ts';
import type { Portal } from './find-portal.ts';
import { cookieName } from './cookies.ts';
import { newSid } from './session-id.ts';
import { PlatformSessionStore, TenantSessionStore } from './session-store.ts';

/** No session is stored before a login; login_sessions holds the idle and absolute timeouts. */
export function sessions(database: Database, config: Config): RequestHandler {
  const make = (kind: Portal['kind'], secure: boolean) =>
    session({
      name: cookieName(kind, secure),
      secret: config.secretKeys,
      // Not shared, because session() sets the cookie options on its store.
      store: kind === 'platform' ? new PlatformSessionStore(database) : new TenantSessionStore(database),
      genid: newSid,
      proxy: true,
      resave: false,
      saveUninitialized: false,
      cookie: { secure, httpOnly: true, path: '/', sameSite: kind === 'account' ? 'lax' : 'strict' },
    });
  const kinds = ['account', 'operations', 'platform'] as const;
  const secure = Object.fromEntries(kinds.map((kind) => [kind, make(kind, true)]));
  const plain = Object.fromEntries(kinds.map((kind) => [kind, make(kind, false)]));

  return (req, res, next) => {
    // Secure cookies follow the configuration, never the header of a proxy or a client.
    req.headers['x-forwarded-proto'] = req.isSecureHost ? 'https' : 'http';
    const handler = (req.isSecureHost ? secure : plain)[req.portal.kind]!;
    void handler(req, res, next);
  };
}

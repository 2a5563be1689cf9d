import { randomBytes } from 'node:crypto';
import session from 'express-session';
import type { Request, RequestHandler } from 'express';
import type { Config } from '../config.ts';
import type { Database } from '../database/pools.ts';
import type { Portal } from './find-portal.ts';
import { cookieName } from './cookies.ts';
import { PlatformSessionStore, TenantSessionStore } from './session-store.ts';

/**
 * Three portals, three sessions: each has a cookie of its own, and none is written before somebody signs in.
 * Idle and absolute ends are kept by login_sessions, not by the cookie.
 */
export function sessions(database: Database, config: Config): RequestHandler {
  const make = (kind: Portal['kind'], secure: boolean) =>
    session({
      name: cookieName(kind, secure),
      secret: config.secretKeys,
      // One each: express-session leaves in its store how a renewed session's cookie looks.
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
    // Secure cookies follow our own configuration, never what a proxy or a client claims.
    req.headers['x-forwarded-proto'] = req.isSecureHost ? 'https' : 'http';
    const handler = (req.isSecureHost ? secure : plain)[req.portal.kind]!;
    void handler(req, res, next);
  };
}

function newSid(req: Request): string {
  const owner = req.portal.kind === 'platform' ? 'platform' : req.portal.tenant.id;
  return `${owner}.${randomBytes(32).toString('base64url')}`;
}

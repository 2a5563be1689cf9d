import connectPgSimple from 'connect-pg-simple';
import type { Request } from 'express';
import session, { type SessionData } from 'express-session';
import type { Database } from '../database/pools.ts';
import { attachLogin, loadSession } from './current-user.ts';
import { hashSid, tenantOfSid } from './session-id.ts';

const PgStore = connectPgSimple(session);

// For cookies without an expiry; no login session of such a cookie lasts longer.
const MAX_SESSION_SECONDS = 12 * 60 * 60;

const storeOptions = {
  schemaName: 'app',
  disableTouch: true,
  pruneSessionInterval: false,
  ttl: MAX_SESSION_SECONDS,
} as const;

type Done = (error?: unknown, session?: SessionData | null) => void;

export class TenantSessionStore extends PgStore {
  readonly #database: Database;

  constructor(database: Database) {
    super({ ...storeOptions, pool: database.app, tableName: 'sessions' });
    this.#database = database;
  }

  override get(sid: string, done: Done): void {
    const tenantId = tenantOfSid(sid);
    if (tenantId === undefined) return done(null, null);
    loadSession(this.#database, tenantId, hashSid(sid)).then(
      (loaded) => done(null, loaded),
      (error: unknown) => done(error),
    );
  }

  override set(sid: string, data: SessionData, done?: (error?: unknown) => void): void {
    super.set(hashSid(sid), data, done);
  }

  override destroy(sid: string, done?: (error?: unknown) => void): void {
    super.destroy(hashSid(sid), done);
  }

  override createSession(req: Request, data: SessionData) {
    attachLogin(req, data);
    return session.Store.prototype.createSession.call(this, req, data);
  }
}

export class PlatformSessionStore extends PgStore {
  constructor(database: Database) {
    super({ ...storeOptions, pool: database.platform, tableName: 'platform_sessions' });
  }

  override get(sid: string, done: Done): void {
    super.get(hashSid(sid), done);
  }

  override set(sid: string, data: SessionData, done?: (error?: unknown) => void): void {
    super.set(hashSid(sid), data, done);
  }

  override destroy(sid: string, done?: (error?: unknown) => void): void {
    super.destroy(hashSid(sid), done);
  }
}

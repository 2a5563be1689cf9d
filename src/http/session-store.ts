import connectPgSimple from 'connect-pg-simple';
import type { Request } from 'express';
import session, { type SessionData } from 'express-session';
import { runStatements, type Statement } from '../database/in-tenant.ts';
import type { Database } from '../database/pools.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { loadSession } from './current-user.ts';
import { hashSid } from './session-id.ts';

const PgStore = connectPgSimple(session);

// For cookies without an expiry; no login session of such a cookie lasts longer.
const MAX_SESSION_SECONDS = 12 * 60 * 60;

type Done = (error?: unknown, session?: SessionData | null) => void;

/** The sessions of one tenant, for one request, because `get` receives nothing but the session id. */
export class TenantSessionStore extends session.Store {
  readonly #database: Database;
  readonly #req: Request;
  #db: TenantDb | undefined;

  constructor(database: Database, req: Request) {
    super();
    this.#database = database;
    this.#req = req;
  }

  override get(sid: string, done: Done): void {
    loadSession(this.#database, this.#req, hashSid(sid)).then((data) => done(null, data), done);
  }

  override set(sid: string, data: SessionData, done?: Done): void {
    const expire = data.cookie.expires ?? Date.now() + MAX_SESSION_SECONDS * 1000;
    this.#write(
      {
        text: `insert into sessions (tenant_id, sid, sess, expire) values ($1, $2, $3, $4)
               on conflict (tenant_id, sid) do update set sess = excluded.sess, expire = excluded.expire`,
        values: [this.#req.tenant.id, hashSid(sid), JSON.stringify(data), new Date(expire)],
      },
      done,
    );
  }

  /** Saves the session with the next statement or the COMMIT of `db`. */
  saveIn(db: TenantDb): void {
    this.#db = db;
    // Calls `set` at once; express-session then does not save the session again.
    this.#req.session.save();
    this.#db = undefined;
  }

  override destroy(sid: string, done?: Done): void {
    const values = [this.#req.tenant.id, hashSid(sid)];
    this.#write({ text: 'delete from sessions where tenant_id = $1 and sid = $2', values }, done);
  }

  #write(statement: Statement, done: Done = () => undefined): void {
    if (this.#db) {
      this.#db.defer(statement);
      return done();
    }
    runStatements(this.#database, this.#req.tenant.id, [statement]).then(() => done(), done);
  }
}

/** Saves the session in the transaction of `db`, without a round trip of its own. */
export function saveSessionIn(db: TenantDb, req: Request): void {
  const { sessionStore } = req;
  if (!(sessionStore instanceof TenantSessionStore)) throw new Error('There is no session of a tenant');
  sessionStore.saveIn(db);
}

export class PlatformSessionStore extends PgStore {
  constructor({ platform }: Pick<Database, 'platform'>) {
    super({
      pool: platform,
      schemaName: 'app',
      tableName: 'platform_sessions',
      disableTouch: true,
      pruneSessionInterval: false,
      ttl: MAX_SESSION_SECONDS,
    });
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

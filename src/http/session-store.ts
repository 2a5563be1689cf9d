import connectPgSimple from 'connect-pg-simple';
import type { Request } from 'express';
import session, { type SessionData } from 'express-session';
import { runStatements } from '../database/in-tenant.ts';
import type { Statement } from '../database/statement.ts';
import type { Database } from '../database/pools.ts';
import type { PlatformDb } from '../database/as-platform.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { loadSession } from './current-user.ts';
import { hashSid } from './session-id.ts';

const PgStore = connectPgSimple(session);

// For cookies without an expiry; no login session of such a cookie lasts longer.
const MAX_SESSION_SECONDS = 12 * 60 * 60;

type Done = (error?: unknown, session?: SessionData | null) => void;

/** The row as this request last read or wrote it, to write only a changed session and delete only an existing row. */
export interface StoredSession {
  sid: string;
  content: string;
}

/** The sessions of one tenant, for one request, because `get` receives nothing but the session id. */
export class TenantSessionStore extends session.Store {
  readonly #database: Database;
  readonly #req: Request;

  constructor(database: Database, req: Request) {
    super();
    this.#database = database;
    this.#req = req;
  }

  override get(sid: string, done: Done): void {
    loadSession(this.#database, this.#req, hashSid(sid)).then((data) => {
      if (data) setStored(this.#req, sid, data);
      done(null, data);
    }, done);
  }

  override set(sid: string, data: SessionData, done: Done = () => undefined): void {
    if (isStored(this.#req, sid, data)) return done();
    this.#write(upsertSession(this.#req.tenant.id, sid, data)).then(() => {
      setStored(this.#req, sid, data);
      done();
    }, done);
  }

  override destroy(sid: string, done: Done = () => undefined): void {
    if (!isStored(this.#req, sid)) return done();
    this.#write(deleteSession(this.#req.tenant.id, sid)).then(() => {
      this.#req.storedSession = undefined;
      done();
    }, done);
  }

  #write(statement: Statement): Promise<unknown> {
    return runStatements(this.#database, this.#req.tenant.id, [statement]);
  }
}

/** Saves the session of the request in a transaction, without a round trip of its own. */
export function saveSessionIn(db: TenantDb, req: Request): void {
  if (!isStored(req, req.sessionID, req.session as SessionData))
    writeIn(db, req, req.sessionID, req.session as SessionData);
}

/** The same at the platform console. */
export function savePlatformSessionIn(db: PlatformDb, req: Request): void {
  const { sessionID: sid } = req;
  const data = req.session as SessionData;
  if (isStored(req, sid, data)) return;
  db.defer({
    text: `insert into platform_sessions (sid, sess, expire) values ($1, $2, now() + make_interval(secs => $3))
          on conflict (sid) do update set sess = excluded.sess, expire = excluded.expire`,
    values: [hashSid(sid), JSON.stringify(data), secondsLeft(data)],
  });
  db.afterCommit(() => setStored(req, sid, data));
}

/** Saves a session in the place of the one that the request came with. */
export function replaceSessionIn(db: TenantDb, req: Request, sid: string, data: SessionData): void {
  deleteSessionIn(db, req);
  writeIn(db, req, sid, data);
}

export function deleteSessionIn(db: TenantDb, req: Request): void {
  if (!req.storedSession) return;
  db.defer(deleteSession(db.tenantId, req.storedSession.sid));
  db.afterCommit(() => void (req.storedSession = undefined));
}

function writeIn(db: TenantDb, req: Request, sid: string, data: SessionData): void {
  const stored = { sid, content: contentOf(data) };
  db.defer(upsertSession(db.tenantId, sid, data));
  db.afterCommit(() => void (req.storedSession = stored));
}

export class PlatformSessionStore extends PgStore {
  readonly #req: Request;

  constructor({ platform }: Pick<Database, 'platform'>, req: Request) {
    super({
      pool: platform,
      schemaName: 'app',
      tableName: 'platform_sessions',
      disableTouch: true,
      pruneSessionInterval: false,
      ttl: MAX_SESSION_SECONDS,
    });
    this.#req = req;
  }

  override get(sid: string, done: Done): void {
    super.get(hashSid(sid), (error: unknown, data?: SessionData | null) => {
      if (data) setStored(this.#req, sid, data);
      done(error, data);
    });
  }

  override set(sid: string, data: SessionData, done: Done = () => undefined): void {
    if (isStored(this.#req, sid, data)) return done();
    super.set(hashSid(sid), data, (error: unknown) => {
      if (!error) setStored(this.#req, sid, data);
      done(error);
    });
  }

  override destroy(sid: string, done: Done = () => undefined): void {
    if (!isStored(this.#req, sid)) return done();
    super.destroy(hashSid(sid), (error: unknown) => {
      if (!error) this.#req.storedSession = undefined;
      done(error);
    });
  }
}

function upsertSession(tenantId: string, sid: string, data: SessionData): Statement {
  return {
    text: `insert into sessions (tenant_id, sid, sess, expire)
          values ($1, $2, $3, now() + make_interval(secs => $4))
          on conflict (tenant_id, sid) do update set sess = excluded.sess, expire = excluded.expire`,
    values: [tenantId, hashSid(sid), JSON.stringify(data), secondsLeft(data)],
  };
}

/** The clock of this process decides only how much of the lifetime is left. */
function secondsLeft({ cookie: { expires } }: SessionData): number {
  return expires ? (new Date(expires).getTime() - Date.now()) / 1000 : MAX_SESSION_SECONDS;
}

function deleteSession(tenantId: string, sid: string): Statement {
  return {
    text: 'delete from sessions where tenant_id = $1 and sid = $2',
    values: [tenantId, hashSid(sid)],
  };
}

function setStored(req: Request, sid: string, data: SessionData): void {
  req.storedSession = { sid, content: contentOf(data) };
}

function isStored({ storedSession }: Request, sid: string, data?: SessionData): boolean {
  if (storedSession?.sid !== sid) return false;
  return data === undefined || storedSession.content === contentOf(data);
}

/** Without the cookie: express-session moves its expiry with every request, and changes of it alone are not saved. */
function contentOf(data: SessionData): string {
  const { cookie: _, ...content } = data;
  return JSON.stringify(content);
}

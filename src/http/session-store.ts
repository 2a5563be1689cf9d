import { createHash } from 'node:crypto';
import connectPgSimple from 'connect-pg-simple';
import session, { type SessionData } from 'express-session';
import type { Request } from 'express';
import type { Database } from '../database/pools.ts';
import { pipeline } from '../database/in-tenant.ts';
import { isId } from '../database/new-id.ts';
import { signInStatements, toSignIn, type SignIn } from '../domain/login-session/sign-in-check.ts';

const PgStore = connectPgSimple(session);
const SIGN_IN = Symbol('sign-in');

// Where the cookie itself has no end; login_sessions decides before that.
const LONGEST_SECONDS = 12 * 60 * 60;

type Loaded = SessionData & { [SIGN_IN]?: SignIn | null };
type Done = (error?: unknown, session?: SessionData | null) => void;

/** What is stored as a session's id: a reader of the table cannot sign in with it. */
export function hashSid(sid: string): string {
  return createHash('sha256').update(sid).digest('base64url');
}

/** Session ids name their tenant, so that the store can read a session and what it is worth in one round trip. */
export function tenantOfSid(sid: string): string | undefined {
  const tenantId = sid.slice(0, sid.indexOf('.'));
  return isId(tenantId) ? tenantId : undefined;
}

/**
 * express-session's store for the two tenant portals. `get` reads the session together with the sign-in it stands for
 * (person, status, tenant, permissions), which lands on `req.signIn`.
 */
export class TenantSessionStore extends PgStore {
  readonly #database: Database;

  constructor(database: Database) {
    super({
      pool: database.app,
      schemaName: 'app',
      tableName: 'sessions',
      disableTouch: true,
      pruneSessionInterval: false,
      ttl: LONGEST_SECONDS,
    });
    this.#database = database;
  }

  override get(sid: string, done: Done): void {
    this.#load(sid).then(
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

  override createSession(req: Request, data: Loaded) {
    req.signIn = data[SIGN_IN] ?? null;
    return session.Store.prototype.createSession.call(this, req, data);
  }

  async #load(sid: string): Promise<Loaded | null> {
    const tenantId = tenantOfSid(sid);
    if (tenantId === undefined) return null;
    const hash = hashSid(sid);
    const [stored, ...signIn] = await pipeline(this.#database, tenantId, [
      { text: 'select sess from sessions where sid = $1 and expire > now()', values: [hash] },
      ...signInStatements(tenantId, hash),
    ]);
    const data = stored!.rows[0]?.sess as Loaded | undefined;
    if (!data) return null;
    data[SIGN_IN] = toSignIn(signIn);
    return data;
  }
}

/** The console's: its own table, its own role, nothing of a tenant. */
export class PlatformSessionStore extends PgStore {
  constructor(database: Database) {
    super({
      pool: database.platform,
      schemaName: 'app',
      tableName: 'platform_sessions',
      disableTouch: true,
      pruneSessionInterval: false,
      ttl: LONGEST_SECONDS,
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

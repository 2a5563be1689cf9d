import type pg from 'pg';
import { column, pick, selectRow, type Column, type RowOf } from '../../database/columns.ts';
import type { PlatformDb } from '../../database/as-platform.ts';
import { isId } from '../../database/new-id.ts';
import type { Actor } from '../actor.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { recordPlatformEvent } from './record-platform-event.ts';

const credentialColumns = {
  ...pick('platform_operators', 'id', 'password_hash', 'status'),
  email: column('platform_operators', 'email') as Column<EmailAddress>,
};

export type OperatorCredentials = RowOf<typeof credentialColumns>;
export type CurrentOperator = Pick<OperatorCredentials, 'id' | 'email'>;

const IDLE = '15 minutes';
const ABSOLUTE = '8 hours';

/** Times of the database, in milliseconds since 1970. */
export interface OperatorSession {
  operator_id: string;
  signed_in_at: number;
  seen_at: number;
}

export async function findOperatorCredentials(db: PlatformDb, address: EmailAddress) {
  return selectRow(db.from('platform_operators').where({ email_norm: address }), credentialColumns);
}

/** Returns null for sessions that began before the operator last logged out or changed the password. */
export async function findCurrentOperator(
  pool: pg.Pool,
  { operator_id, signed_in_at, seen_at }: Partial<OperatorSession>,
): Promise<(CurrentOperator & { is_use_due: boolean }) | null> {
  if (!isId(operator_id) || !signed_in_at || !seen_at) return null;
  const { rows } = await pool.query<CurrentOperator & { is_use_due: boolean }>(
    `select id, email, seen_at < now() - interval '1 minute' as is_use_due
     from platform_operators,
       to_timestamp($2::float8 / 1000) as signed_in_at, to_timestamp($3::float8 / 1000) as seen_at
     where id = $1 and status = 'enabled' and sessions_valid_from < signed_in_at
       and signed_in_at >= now() - interval '${ABSOLUTE}' and seen_at >= now() - interval '${IDLE}'`,
    [operator_id, signed_in_at, seen_at],
  );
  return rows[0] ?? null;
}

/** Does not insert, because a concurrent request may have deleted the session. */
export async function touchOperatorSession(pool: pg.Pool, sidHash: string): Promise<void> {
  await pool.query(
    `update platform_sessions
     set sess = jsonb_set(sess::jsonb, '{seen_at}', to_jsonb(floor(extract(epoch from now()) * 1000)))::json
     where sid = $1`,
    [sidHash],
  );
}

/** Returns the time of the login by the clock of the database, in milliseconds since 1970. */
export async function logInOperator(
  db: PlatformDb,
  actor: Actor,
  operator: OperatorCredentials,
  renewedHash: string | undefined,
): Promise<number> {
  const [updated] = (await db
    .from('platform_operators')
    .where({ id: operator.id })
    .update({
      last_login_at: db.raw('now()'),
      ...(renewedHash !== undefined && { password_hash: renewedHash }),
    })
    .returning(db.raw('ceil(extract(epoch from last_login_at) * 1000)::float8 as ms'))) as {
    ms: number;
  }[];
  const self: Actor = { ...actor, kind: 'operator', id: operator.id, name: operator.email };
  await recordPlatformEvent(db, self, { event: 'operator.logged_in' });
  return updated!.ms;
}

export async function logOutOperator(db: PlatformDb, actor: Actor, id: string): Promise<void> {
  await invalidateSessions(db, id, {});
  await recordPlatformEvent(db, actor, { event: 'operator.logged_out' });
}

/** Invalidates all sessions. Returns the `signed_in_at` that keeps the current session valid. */
export async function changeOperatorPassword(
  db: PlatformDb,
  actor: Actor,
  id: string,
  password_hash: string,
): Promise<number> {
  const validFrom = await invalidateSessions(db, id, { password_hash });
  await recordPlatformEvent(db, actor, {
    event: 'operator.password_changed',
    changes: { password: ['•••', '•••'] },
  });
  return validFrom + 1;
}

async function invalidateSessions(
  db: PlatformDb,
  id: string,
  columns: { password_hash?: string },
): Promise<number> {
  const [updated] = (await db
    .from('platform_operators')
    .where({ id })
    .update({ ...columns, sessions_valid_from: db.raw('now()') })
    .returning(db.raw('ceil(extract(epoch from sessions_valid_from) * 1000)::float8 as ms'))) as {
    ms: number;
  }[];
  return updated!.ms;
}

import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';

export interface LoginSessionRow {
  id: string;
  created_at: Date;
  last_seen_at: Date;
  ip: string | null;
  user_agent: string | null;
}

/** Where a person is logged in now, latest first. */
export function listLoginSessions(db: TenantDb, userId: string) {
  return db
    .from('login_sessions')
    .where({ user_id: userId })
    .whereNull('revoked_at')
    .whereRaw('expires_at > now() and last_seen_at > now() - make_interval(secs => idle_seconds)')
    .orderBy('last_seen_at', 'desc')
    .limit(50)
    .select('id', 'created_at', 'last_seen_at', 'ip', 'user_agent') as unknown as Knex.QueryBuilder<
    LoginSessionRow,
    LoginSessionRow[]
  >;
}

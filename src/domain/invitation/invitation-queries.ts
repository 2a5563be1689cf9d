import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import { hashToken } from '../token/mint-token.ts';

export interface Invitation {
  /** The words of its mail: inviter_name, company_name. */
  words: Record<string, string> | null;
  /** The person came by a password on another way before this link was used. */
  is_overtaken: boolean;
}

const WORDS_OF_ITS_MAIL = `(
  select e.variables from emails e
  where e.tenant_id = ? and e.user_id = k.user_id and e.template = 'accountInvitation'
  order by e.id desc limit 1)`;

/** What an invitation's page tells beside whose it is; only who holds the mailed link can ask. */
export function findInvitation(
  db: TenantDb,
  token: string,
): Knex.QueryBuilder<Invitation, Invitation | undefined> {
  return db
    .from('one_time_tokens as k')
    .join('users as u', { 'u.tenant_id': 'k.tenant_id', 'u.id': 'k.user_id' })
    .where('k.token_hash', hashToken(token))
    .where('k.purpose', 'invitation')
    .select({
      words: db.raw(WORDS_OF_ITS_MAIL, [db.tenantId]),
      is_overtaken: db.raw(
        `k.used_at is null and k.expires_at > now() and u.status = 'enabled' and u.password_hash is not null`,
      ),
    })
    .first() as unknown as Knex.QueryBuilder<Invitation, Invitation | undefined>;
}

import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { hashToken, type TokenPurpose } from './mint-token.ts';

/** Whose link it is, while it is alive. */
export interface LinkedUser {
  user_id: string;
  audience: 'customer' | 'staff';
  email: string;
  pending_email: EmailAddress | null;
  first_name: string | null;
  name: string;
  password_hash: string | null;
  access: string;
  token_expires_at: Date;
  /** The terms in force are not agreed to yet (customers only). */
  needs_terms: boolean;
  company_names: string[];
}

/** Whom a link is for; undefined when it is used, revoked, expired, altered, or its person is disabled or moved. Spends nothing. */
export function findLinkedUser(
  db: TenantDb,
  token: string,
  purpose: TokenPurpose,
): Knex.QueryBuilder<LinkedUser, LinkedUser | undefined> {
  return alive(db, token, purpose)
    .select({
      user_id: 'u.id',
      audience: 'u.audience',
      email: 'u.email',
      pending_email: 'u.pending_email',
      first_name: 'u.first_name',
      name: 'u.name',
      password_hash: 'u.password_hash',
      access: 'u.access',
      token_expires_at: 'k.expires_at',
      needs_terms: db.raw(NEEDS_TERMS, [db.tenantId, db.tenantId, db.tenantId]),
      company_names: db.raw(COMPANY_NAMES, [db.tenantId]),
    })
    .first() as unknown as Knex.QueryBuilder<LinkedUser, LinkedUser | undefined>;
}

/**
 * Spends a link, once: of any number of parallel calls one gets the person's id, the others undefined. To be called
 * in the transaction that saves what the link was for.
 */
export async function spendToken(
  db: TenantDb,
  token: string,
  purpose: TokenPurpose,
): Promise<string | undefined> {
  const spent = await db
    .from('one_time_tokens as k')
    .updateFrom('users as u')
    .where('k.token_hash', hashToken(token))
    .where('k.purpose', purpose)
    .whereNull('k.used_at')
    .whereNull('k.revoked_at')
    .whereRaw('k.expires_at > now()')
    .whereRaw('u.tenant_id = k.tenant_id and u.id = k.user_id')
    .whereRaw(SENT_TO_THIS_PERSON)
    .update({ used_at: db.raw('now()') })
    .returning('k.user_id');
  return (spent as { user_id: string }[])[0]?.user_id;
}

/** Every link of a person stops working: after a new password, a new address, or when they are disabled. */
export async function revokeTokens(db: TenantDb, userId: string, purpose?: TokenPurpose): Promise<void> {
  await db
    .from('one_time_tokens')
    .where({ user_id: userId, ...(purpose && { purpose }) })
    .whereNull('used_at')
    .whereNull('revoked_at')
    .update({ revoked_at: db.raw('now()') });
}

const SENT_TO_THIS_PERSON = `u.status = 'enabled' and k.sent_to =
  case k.purpose when 'change_email' then coalesce(u.pending_email, '') else u.email_norm end`;

const NEEDS_TERMS = `u.audience = 'customer' and exists (
  select 1 from terms_versions v
  where v.tenant_id = ?
    and v.number = (select max(number) from terms_versions where tenant_id = ?)
    and not exists (
      select 1 from terms_acceptances a
      where a.tenant_id = ? and a.user_id = u.id and a.terms_version_id = v.id))`;

const COMPANY_NAMES = `array(
  select c.name from memberships m
  join companies c on c.tenant_id = m.tenant_id and c.id = m.company_id
  where m.tenant_id = ? and m.user_id = u.id limit 20)`;

function alive(db: TenantDb, token: string, purpose: TokenPurpose) {
  return db
    .from('one_time_tokens as k')
    .join('users as u', { 'u.tenant_id': 'k.tenant_id', 'u.id': 'k.user_id' })
    .where('k.token_hash', hashToken(token))
    .where('k.purpose', purpose)
    .whereNull('k.used_at')
    .whereNull('k.revoked_at')
    .whereRaw('k.expires_at > now()')
    .whereRaw(SENT_TO_THIS_PERSON);
}

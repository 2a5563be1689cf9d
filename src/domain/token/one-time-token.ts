import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { column, pick, selectRow, type Column, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { EmailAddress } from '../text/email-address.ts';

const HOUR = 60 * 60;

/** In seconds. */
export const tokenLifetimes = {
  invitation: 7 * 24 * HOUR,
  set_password: 24 * HOUR,
  reset_password: HOUR,
  verify_email: 24 * HOUR,
  change_email: 24 * HOUR,
} as const;

export type TokenPurpose = keyof typeof tokenLifetimes;

export interface MintedToken {
  token: string;
  token_hash: Buffer;
  expires_at: Date;
}

/** Only the hash is stored: a copy of the database contains no usable token. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Every transaction locks a user before their tokens and login sessions, so that two never wait for each other. */
export function lockUser(db: TenantDb, userId: string): void {
  db.defer(db.from('users').where({ id: userId }).forNoKeyUpdate().select(db.raw('1')));
}

/** Also revokes the user's open tokens of the same purpose. The caller has locked or inserted the user. */
export async function mintToken(
  db: TenantDb,
  { user_id, purpose, sent_to }: { user_id: string; purpose: TokenPurpose; sent_to: string },
): Promise<MintedToken> {
  const token = randomBytes(32).toString('base64url');
  const token_hash = hashToken(token);
  const expires_at = new Date(Date.now() + tokenLifetimes[purpose] * 1000);
  revokeTokens(db, user_id, purpose);
  await db.insertInto('one_time_tokens', { token_hash, user_id, purpose, sent_to, expires_at });
  return { token, token_hash, expires_at };
}

const tokenUserColumns = (db: TenantDb) => ({
  user_id: column('users as u', 'id'),
  ...pick('users as u', 'audience', 'email', 'first_name', 'name', 'password_hash', 'access'),
  pending_email: column('users as u', 'pending_email') as Column<EmailAddress | null>,
  token_expires_at: column('one_time_tokens as k', 'expires_at'),
  needs_terms: db.raw<boolean>(NEEDS_TERMS, [db.tenantId, db.tenantId, db.tenantId]),
  company_names: db.raw<string[]>(COMPANY_NAMES, [db.tenantId]),
});

export type TokenUser = RowOf<ReturnType<typeof tokenUserColumns>>;

/** Returns undefined unless the token is open and was sent to an enabled user's current address. */
export function findTokenUser(db: TenantDb, token: string, purpose: TokenPurpose) {
  const tokens = db
    .from('one_time_tokens as k')
    .join('users as u', { 'u.tenant_id': 'k.tenant_id', 'u.id': 'k.user_id' })
    .modify((usable) => whereUsable(usable, token, purpose));
  return selectRow(tokens, tokenUserColumns(db));
}

/**
 * Returns true for one of several concurrent calls, while the token is open. Call it in the transaction of the change
 * that the token allows.
 */
export async function consumeToken(
  db: TenantDb,
  { user_id }: Pick<TokenUser, 'user_id'>,
  token: string,
  purpose: TokenPurpose,
): Promise<boolean> {
  lockUser(db, user_id);
  const consumed = await db
    .from('one_time_tokens as k')
    .updateFrom('users as u')
    .whereRaw('u.tenant_id = k.tenant_id and u.id = k.user_id')
    .modify((tokens) => whereUsable(tokens, token, purpose))
    .where('k.user_id', user_id)
    .update({ used_at: db.raw('now()') });
  return consumed === 1;
}

export function revokeTokens(db: TenantDb, userId: string, purpose?: TokenPurpose): void {
  const open = db
    .from('one_time_tokens')
    .where({ user_id: userId, ...(purpose && { purpose }) })
    .whereNull('used_at')
    .whereNull('revoked_at');
  db.defer(open.update({ revoked_at: db.raw('now()') }));
}

function whereUsable(tokens: Knex.QueryBuilder, token: string, purpose: TokenPurpose): void {
  void tokens
    .where('k.token_hash', hashToken(token))
    .where('k.purpose', purpose)
    .whereNull('k.used_at')
    .whereNull('k.revoked_at')
    .whereRaw('k.expires_at > now()')
    .whereRaw(SENT_TO_CURRENT_ADDRESS);
}

const SENT_TO_CURRENT_ADDRESS = `u.status = 'enabled' and k.sent_to =
  case when k.purpose = 'change_email' then coalesce(u.pending_email, '') else u.email_norm end`;

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

import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { column, pick, selectRow, type Column, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { isBlocked } from '../membership/customer-context.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { TENANT_IS_ACTIVE } from '../tenant/tenant.ts';
import { emailOfLogin } from '../user/user.ts';

const HOUR = 60 * 60;

const TOKEN_BYTES = 32;
/** In base64url. */
const TOKEN_LENGTH = Math.ceil((TOKEN_BYTES * 4) / 3);

/** In seconds. */
export const tokenLifetimes = {
  invitation: 7 * 24 * HOUR,
  set_password: 24 * HOUR,
  reset_password: HOUR,
  verify_email: 24 * HOUR,
  change_email: 24 * HOUR,
  activation_code: 14 * 24 * HOUR,
} as const;

export type TokenPurpose = keyof typeof tokenLifetimes;

/** How long a second submission of the form that consumed a link shows the result of the first one. */
export const MINUTES_OF_REPEATED_FORMS = 10;

/** Without characters that are copied with a link: a full stop, a bracket, spaces, line breaks, invisible characters. */
export function cleanToken(copied: string): string {
  return copied.replace(/[^\w-]/g, '').slice(0, TOKEN_LENGTH);
}

/** A token with the random key of the browser that has opened its link. */
export interface OpenedToken {
  token: string;
  browser_key: string;
}

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

interface NewToken {
  user_id: string;
  purpose: TokenPurpose;
  /** Empty for an activation code. */
  sent_to: string;
  token?: string;
}

function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Also revokes the user's open tokens of the same purpose. The caller has locked or inserted the user. */
export async function mintToken(
  db: TenantDb,
  { user_id, purpose, sent_to, token = newToken() }: NewToken,
): Promise<MintedToken> {
  const token_hash = hashToken(token);
  revokeTokens(db, user_id, purpose);
  const row = { token_hash, user_id, purpose, sent_to, expires_at: tokenExpiry(db, purpose) };
  const [minted] = await db.insertInto('one_time_tokens', row).returning('expires_at');
  return { token, token_hash, expires_at: minted!.expires_at };
}

/** Of a token that is minted now. */
export function tokenExpiry(db: TenantDb, purpose: TokenPurpose): Knex.Raw<Date> {
  return db.raw<Date>(`${db.now} + make_interval(secs => ?)`, [tokenLifetimes[purpose]]);
}

const tokenUserColumns = (db: TenantDb) => ({
  user_id: column('users as u', 'id'),
  ...pick('users as u', 'audience', 'first_name', 'name', 'password_hash', 'access'),
  email: emailOfLogin('users as u'),
  pending_email: column('users as u', 'pending_email') as Column<EmailAddress | null>,
  token_expires_at: column('one_time_tokens as k', 'expires_at'),
  /** The number of the terms in force; null if the user does not have to agree to them. */
  terms_number: db.raw<number | null>(TERMS_TO_ACCEPT, [db.tenantId, db.tenantId, db.tenantId]),
  company_names: db.raw<string[]>(COMPANY_NAMES, [db.tenantId]),
});

export type TokenUser = RowOf<ReturnType<typeof tokenUserColumns>>;

/** Returns undefined unless the token is open, was sent to an enabled user's current address, and the tenant is active. */
export function findTokenUser(db: TenantDb, token: string, purpose: TokenPurpose) {
  const tokens = joinUser(db).modify((usable) => whereUsable(db, usable, token, purpose));
  return selectRow(tokens, tokenUserColumns(db));
}

const consumedColumns = {
  ...pick('users as u', 'id', 'audience', 'name', 'status', 'password_hash'),
  email: emailOfLogin('users as u'),
  ...pick('users as u', 'email_verified_at', 'is_email_proven'),
};

/** The user whose link was consumed in the same browser within the last minutes: its form may be submitted twice. */
export function findJustConsumed(db: TenantDb, { token, browser_key }: OpenedToken, purpose: TokenPurpose) {
  const tokens = joinUser(db)
    .where({ 'k.token_hash': hashToken(token), 'k.purpose': purpose, 'u.status': 'enabled' })
    .where('k.used_by', hashToken(browser_key))
    .whereRaw('k.used_at > now() - make_interval(mins => ?)', [MINUTES_OF_REPEATED_FORMS])
    .whereRaw('k.sent_to = u.email_norm');
  return selectRow(tokens, consumedColumns);
}

export function findTokenPurpose(db: TenantDb, token: string) {
  const tokens = db.from('one_time_tokens as k').where('k.token_hash', hashToken(token));
  return selectRow(tokens, pick('one_time_tokens as k', 'purpose'));
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
  browserKey?: string,
): Promise<boolean> {
  lockUser(db, user_id);
  const consumed = await db
    .from('one_time_tokens as k')
    .updateFrom('users as u')
    .whereRaw('u.tenant_id = k.tenant_id and u.id = k.user_id')
    .modify((tokens) => whereUsable(db, tokens, token, purpose))
    .where('k.user_id', user_id)
    .update({ used_at: db.raw('now()'), used_by: browserKey === undefined ? null : hashToken(browserKey) });
  return consumed === 1;
}

export function revokeTokens(db: TenantDb, userId: string, purpose?: TokenPurpose): void {
  const tokens = db.from('one_time_tokens').where({ user_id: userId, ...(purpose && { purpose }) });
  revokeOpen(db, tokens);
}

export function revokeTokensOf(db: TenantDb, userIds: readonly string[]): void {
  revokeOpen(db, db.from('one_time_tokens').whereRaw('user_id = any(?::uuid[])', [[...userIds]]));
}

function revokeOpen(db: TenantDb, tokens: Knex.QueryBuilder): void {
  const open = tokens.whereNull('used_at').whereNull('revoked_at');
  db.defer(open.update({ revoked_at: db.raw('now()') }));
}

export function joinUser(db: TenantDb): Knex.QueryBuilder {
  return db
    .from('one_time_tokens as k')
    .join('users as u', { 'u.tenant_id': 'k.tenant_id', 'u.id': 'k.user_id' });
}

export function whereUsable(
  db: TenantDb,
  tokens: Knex.QueryBuilder,
  token: string,
  purpose: TokenPurpose,
): void {
  void tokens
    .where('k.token_hash', hashToken(token))
    .where('k.purpose', purpose)
    .whereNull('k.used_at')
    .whereNull('k.revoked_at')
    .whereRaw(`k.expires_at > ${db.now}`)
    .whereRaw(SENT_TO_CURRENT_ADDRESS)
    .whereRaw('not ?', [isBlocked(db, 'u')])
    .whereRaw(TENANT_IS_ACTIVE, [db.tenantId]);
}

const SENT_TO_CURRENT_ADDRESS = `u.status = 'enabled' and k.sent_to =
  case when k.purpose = 'change_email' then coalesce(u.pending_email, '')
    when k.purpose = 'activation_code' then coalesce(u.email_norm, '') else u.email_norm end`;

const TERMS_TO_ACCEPT = `(
  select v.number from terms_versions v
  where v.tenant_id = ? and u.audience = 'customer'
    and v.number = (select max(number) from terms_versions where tenant_id = ?)
    and not exists (
      select 1 from terms_acceptances a
      where a.tenant_id = ? and a.user_id = u.id and a.terms_version_id = v.id))`;

const COMPANY_NAMES = `array(
  select c.name from memberships m
  join companies c on c.tenant_id = m.tenant_id and c.id = m.company_id
  where m.tenant_id = ? and m.user_id = u.id limit 20)`;

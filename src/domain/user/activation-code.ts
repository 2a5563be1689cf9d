import { randomBytes } from 'node:crypto';
import { column, pick, selectRow, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { toAsciiDigits } from '../../digits.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { hashToken, joinUser, MINUTES_OF_REPEATED_FORMS, whereUsable } from '../token/one-time-token.ts';

/** 32 characters without I, L, O and U: each is 5 bits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 60 bits. */
const LENGTH = 12;
const GROUP = 4;

/** What a person may have read or typed instead. */
const LOOK_ALIKES: Readonly<Record<string, string>> = { I: '1', L: '1', O: '0' };

export function newActivationCode(): string {
  return Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** `K7QF-2MXR-9TCD` */
export function formatActivationCode(code: string): string {
  return code.match(new RegExp(`.{${GROUP}}`, 'g'))!.join('-');
}

/** Accepts spaces, dashes, lower case and look-alikes. Returns undefined if no code has this form. */
export function parseActivationCode(typed: string): string | undefined {
  const code = Array.from(
    toAsciiDigits(typed)
      .normalize('NFKC')
      .toUpperCase()
      .replace(/[\s\p{Pd}\p{Cf}]/gu, ''),
  )
    .map((character) => LOOK_ALIKES[character] ?? character)
    .join('');
  const isCode = code.length === LENGTH && Array.from(code).every((each) => ALPHABET.includes(each));
  return isCode ? code : undefined;
}

/** The expiry of the code of a row of `users`; null without a code that can be used. */
export function openCodeExpiry(db: TenantDb) {
  return db.raw<Date | null>(
    `(select k.expires_at from one_time_tokens k
      where k.tenant_id = ? and k.user_id = users.id and k.purpose = 'activation_code'
        and k.used_at is null and k.revoked_at is null and k.expires_at > ${db.now}
      order by k.created_at desc limit 1)`,
    [db.tenantId],
  );
}

const codeUserColumns = {
  user_id: column('users as u', 'id'),
  ...pick('users as u', 'name'),
};

export type UserOfCode = RowOf<typeof codeUserColumns>;

/** Returns undefined unless the code is open, its enabled user has no email address, and the tenant is active. */
export function findUserOfCode(db: TenantDb, code: string) {
  const codes = joinUser(db).modify((usable) => whereUsable(db, usable, code, 'activation_code'));
  return selectRow(codes, codeUserColumns);
}

/** Who has activated their login with the code and the address within the last minutes: the form may be submitted twice. */
export function findJustActivated(db: TenantDb, code: string, address: EmailAddress) {
  const codes = joinUser(db)
    .where({ 'k.token_hash': hashToken(code), 'k.purpose': 'activation_code' })
    .where({ 'u.status': 'enabled', 'u.email_norm': address })
    .whereRaw('k.used_at > now() - make_interval(mins => ?)', [MINUTES_OF_REPEATED_FORMS]);
  return selectRow(codes, pick('users as u', 'id', 'password_hash'));
}

import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { pooledRandomBytes } from '../../random-bytes.ts';

/** Without letters and digits that look alike. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const REFERRAL_LENGTH = 8;
/** Larger bytes would make some characters more frequent. */
const BYTES_USED = 256 - (256 % ALPHABET.length);

/** Unique in the tenant by its index: two of them may be equal. */
export function newReferralCode(): string {
  let code = '';
  while (code.length < REFERRAL_LENGTH) {
    const byte = pooledRandomBytes(1)[0]!;
    if (byte < BYTES_USED) code += ALPHABET[byte % ALPHABET.length]!;
  }
  return code;
}

/** The rows whose code another user has, with other codes. */
export async function withOtherCodes<Coded extends { referral_code: string | null }>(
  db: TenantDb,
  rows: readonly Coded[],
): Promise<Coded[]> {
  const codes = rows.flatMap(({ referral_code }) => referral_code ?? []);
  const taken = await selectRows(
    db.from('users').whereRaw('referral_code = any(?::text[])', [codes]),
    pick('users', 'referral_code'),
  );
  const isTaken = new Set(taken.map(({ referral_code }) => referral_code));
  return rows
    .filter(({ referral_code }) => referral_code !== null && isTaken.has(referral_code))
    .map((row) => ({ ...row, referral_code: newReferralCode() }));
}

/** Gives codes to users without one. */
export async function giveReferralCodes(db: TenantDb, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const codes = new Set<string>();
  while (codes.size < ids.length) codes.add(newReferralCode());
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `update users t set referral_code = v.code from unnest(?::uuid[], ?::text[]) v (id, code)
     where t.tenant_id = ? and t.id = v.id
       and not exists (select from users o where o.tenant_id = ? and o.referral_code = v.code)
     returning t.id`,
    [[...ids], [...codes], db.tenantId, db.tenantId],
  );
  // A code that another user has is not given.
  const done = new Set(rows.map(({ id }) => id));
  await giveReferralCodes(
    db,
    ids.filter((id) => !done.has(id)),
  );
}

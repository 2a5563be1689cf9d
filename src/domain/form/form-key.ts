import { createHash, createHmac, randomBytes } from 'node:crypto';
import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Refused } from '../../database/transaction.ts';

export type FormKind =
  'user' | 'customer' | 'customer_link' | 'company' | 'custom_field' | 'terms_version' | 'staff';

export interface Submission {
  kind: FormKind;
  user_id: string;
  key: string;
  path: string;
  fields: Record<string, unknown>;
}

export interface FirstSubmission {
  /** Of the page that the first submission redirected to. */
  location: string;
  hasSameValues: boolean;
}

export type Created<Result> = Extract<Result, { ok: true }>;

export function newFormKey(): string {
  return randomBytes(16).toString('base64url');
}

export function isFormKey(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{22}$/.test(value);
}

/**
 * Calls `create` for the first submission of a key only. The primary key decides: a parallel submission
 * waits until the first is committed, or rolled back because it was refused.
 */
export async function submitOnce<Result extends { ok: true } | Refused>(
  db: TenantDb,
  submission: Submission,
  create: () => Promise<Result>,
  locationOf: (created: Created<Result>) => string,
): Promise<Result | { first: FirstSubmission }> {
  const { user_id, kind, key } = submission;
  const id = { user_id, kind, key_hash: createHash('sha256').update(key).digest() };
  const values_hash = hashValues(submission);
  const inserted = await db
    .insertInto('form_keys', { ...id, values_hash })
    .onConflict(['tenant_id', 'user_id', 'kind', 'key_hash'])
    .ignore()
    .returning('kind');
  if (inserted.length === 0) return { first: await getFirst(db, id, values_hash) };

  const result = await create();
  if (result.ok)
    await db
      .from('form_keys')
      .where(id)
      .update({ location: locationOf(result as Created<Result>) });
  return result;
}

async function getFirst(db: TenantDb, id: object, valuesHash: Buffer): Promise<FirstSubmission> {
  const row = await selectRow(db.from('form_keys').where(id), pick('form_keys', 'location', 'values_hash'));
  return { location: row!.location!, hasSameValues: row!.values_hash.equals(valuesHash) };
}

/** Keyed with the form key, of which only a hash is stored, so that the values cannot be guessed from the row. */
function hashValues({ key, path, fields }: Submission): Buffer {
  const values = Object.entries(fields)
    .filter(([name]) => name !== '_csrf' && name !== 'form_key' && !name.includes('password'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHmac('sha256', key)
    .update(JSON.stringify([path, values]))
    .digest();
}

import { createHash, createHmac } from 'node:crypto';
import type { Knex } from 'knex';
import type { PlatformDb } from '../../database/as-platform.ts';
import { pick, selectRow } from '../../database/columns.ts';
import type { Deferrable } from '../../database/statement.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Refused } from '../../database/transaction.ts';
import { FormBeingSaved } from '../../errors.ts';
import { pooledRandomBytes } from '../../random-bytes.ts';

export type FormKind =
  | 'user'
  | 'customer'
  | 'customer_link'
  | 'company'
  | 'company_location'
  | 'custom_field'
  | 'label'
  | 'bulk_action'
  | 'terms_version'
  | 'staff'
  | 'tenant'
  | 'invoice'
  | 'charge'
  | 'credit'
  | 'credit_note'
  | 'export'
  | 'invoice_comment'
  | 'payment'
  | 'deposit'
  | 'payment_retry'
  | 'payment_refund'
  | 'credit_refund'
  | 'invoice_charge'
  | 'customer_comment'
  | 'customer_payment'
  | 'payment_method'
  | 'rental_request'
  | 'name_request'
  | 'site'
  | 'unit_type'
  | 'unit'
  | 'tax_rate'
  | 'late_fee_rule'
  | 'agreement_version'
  | 'rental'
  | 'rental_charge'
  | 'rental_rent'
  | 'billing_run'
  | 'saved_view'
  | 'import'
  | 'note'
  | 'comment'
  | 'document'
  | 'customer_document';

export interface Submission {
  kind: FormKind;
  key: string;
  path: string;
  fields: Record<string, unknown>;
}

export interface FirstSubmission {
  /** Of the page that the first submission redirected to. */
  location: string;
  hasSameValues: boolean;
}

export function newFormKey(): string {
  return pooledRandomBytes(16).toString('base64url');
}

export function isFormKey(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{22}$/.test(value);
}

type KeyId = Pick<Row<'form_keys'>, 'kind' | 'key_hash'>;

type NewKey = KeyId & Pick<Row<'form_keys'>, 'values_hash'>;

/** The keys that one user or operator has submitted. */
export interface SubmittedKeys {
  db: Pick<TenantDb, 'defer' | 'flush'>;
  table: 'form_keys' | 'platform_form_keys';
  rows: () => Knex.QueryBuilder;
  insert: (key: NewKey) => Deferrable;
  setLocation: (key: KeyId, location: string) => Deferrable;
}

export function keysOfUser(db: TenantDb, userId: string): SubmittedKeys {
  return {
    db,
    table: 'form_keys',
    rows: () => db.from('form_keys').where({ user_id: userId }),
    insert: (key) => db.insertStatement('form_keys', [{ ...key, user_id: userId }]),
    setLocation: ({ kind, key_hash }, location) => ({
      text: 'update form_keys set location = $1 where tenant_id = $2 and user_id = $3 and kind = $4 and key_hash = $5',
      values: [location, db.tenantId, userId, kind, key_hash],
    }),
  };
}

export function keysOfOperator(db: PlatformDb, operatorId: string): SubmittedKeys {
  return {
    db,
    table: 'platform_form_keys',
    rows: () => db.from('platform_form_keys').where({ operator_id: operatorId }),
    insert: (key) => db.from('platform_form_keys').insert({ ...key, operator_id: operatorId }),
    setLocation: (key, location) =>
      db
        .from('platform_form_keys')
        .where({ operator_id: operatorId, ...key })
        .update({ location }),
  };
}

/** The transaction failed because the key was submitted before; `findFirst` returns the first submission. */
export class SubmittedBefore extends Error {}

const UNIQUE_VIOLATION = '23505';
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Stores the key with the rows that `create` inserts. The primary key decides: a parallel submission waits until the
 * first is committed, or rolled back because it was refused.
 *
 * @throws {SubmittedBefore} for every later submission of the key
 * @throws {FormBeingSaved} if a parallel submission takes longer than the lock_timeout
 */
export async function submitOnce<Result extends { ok: true } | Refused>(
  keys: SubmittedKeys,
  submission: Submission,
  create: () => Promise<Result>,
  location: () => string,
): Promise<Result> {
  const id = keyId(submission);
  keys.db.defer(keys.insert({ ...id, values_hash: hashValues(submission) }), (error) => {
    if (error.code === UNIQUE_VIOLATION) return new SubmittedBefore();
    return error.code === LOCK_NOT_AVAILABLE ? new FormBeingSaved() : error;
  });
  const result = await create();
  if (result.ok) keys.db.defer(keys.setLocation(id, location()));
  // Sends the insert also when `create` refuses without a statement.
  else await keys.db.flush();
  return result;
}

/** @throws {FormBeingSaved} if the first submission was removed or not committed */
export async function findFirst(
  { rows, table }: SubmittedKeys,
  submission: Submission,
): Promise<FirstSubmission> {
  const key = rows().where(keyId(submission));
  const row = await selectRow(key, pick(table, 'location', 'values_hash'));
  if (!row?.location) throw new FormBeingSaved();
  return { location: row.location, hasSameValues: row.values_hash.equals(hashValues(submission)) };
}

function keyId({ kind, key }: Submission): KeyId {
  return { kind, key_hash: createHash('sha256').update(key).digest() };
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

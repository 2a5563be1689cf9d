import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { PlatformDb } from '../../database/as-platform.ts';
import { pick, selectRow } from '../../database/columns.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Refused } from '../../database/transaction.ts';
import { FormBeingSaved } from '../../errors.ts';

export type FormKind =
  'user' | 'customer' | 'customer_link' | 'company' | 'custom_field' | 'terms_version' | 'staff' | 'tenant';

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

export type Created<Result> = Extract<Result, { ok: true }>;

export function newFormKey(): string {
  return randomBytes(16).toString('base64url');
}

export function isFormKey(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{22}$/.test(value);
}

type NewKey = Pick<Row<'form_keys'>, 'kind' | 'key_hash' | 'values_hash'>;

/** The keys that one user or operator has submitted. */
export interface SubmittedKeys {
  table: 'form_keys' | 'platform_form_keys';
  primaryKey: string[];
  rows: () => Knex.QueryBuilder;
  insert: (key: NewKey) => Knex.QueryBuilder;
}

export function keysOfUser(db: TenantDb, userId: string): SubmittedKeys {
  return {
    table: 'form_keys',
    primaryKey: ['tenant_id', 'user_id', 'kind', 'key_hash'],
    rows: () => db.from('form_keys').where({ user_id: userId }),
    insert: (key) => db.insertInto('form_keys', { ...key, user_id: userId }),
  };
}

export function keysOfOperator(db: PlatformDb, operatorId: string): SubmittedKeys {
  return {
    table: 'platform_form_keys',
    primaryKey: ['operator_id', 'kind', 'key_hash'],
    rows: () => db.from('platform_form_keys').where({ operator_id: operatorId }),
    insert: (key) => db.from('platform_form_keys').insert({ ...key, operator_id: operatorId }),
  };
}

/**
 * Calls `create` for the first submission of a key only. The primary key decides: a parallel submission
 * waits until the first is committed, or rolled back because it was refused.
 * @throws {FormBeingSaved} if that takes longer than the lock_timeout
 */
export async function submitOnce<Result extends { ok: true } | Refused>(
  keys: SubmittedKeys,
  submission: Submission,
  create: () => Promise<Result>,
  locationOf: (created: Created<Result>) => string,
): Promise<Result | { first: FirstSubmission }> {
  const { kind, key } = submission;
  const id = { kind, key_hash: createHash('sha256').update(key).digest() };
  const values_hash = hashValues(submission);
  if (!(await insertKey(keys, { ...id, values_hash })))
    return { first: await getFirst(keys, id, values_hash) };

  const result = await create();
  if (result.ok)
    await keys
      .rows()
      .where(id)
      .update({ location: locationOf(result as Created<Result>) });
  return result;
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Returns false if the key was submitted before. */
async function insertKey({ insert, primaryKey }: SubmittedKeys, key: NewKey): Promise<boolean> {
  try {
    const inserted = (await insert(key).onConflict(primaryKey).ignore().returning('kind')) as unknown[];
    return inserted.length > 0;
  } catch (error) {
    throw (error as { code?: string }).code === LOCK_NOT_AVAILABLE ? new FormBeingSaved() : error;
  }
}

async function getFirst(
  { rows, table }: SubmittedKeys,
  id: object,
  valuesHash: Buffer,
): Promise<FirstSubmission> {
  const row = await selectRow(rows().where(id), pick(table, 'location', 'values_hash'));
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

import type { TenantDb } from '../../database/tenant-db.ts';
import { selectRow } from '../../database/columns.ts';
import { found, NotFound } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { findCustomField, type CustomField } from './custom-field-queries.ts';
import { fieldEntities, rowName } from './custom-field.ts';

/** @throws {NotFound} unless the tenant has such a secret field that is not retired */
export async function findSecretField(db: TenantDb, id: string): Promise<CustomField> {
  const field = found(await findCustomField(db, id));
  if (!field.is_secret || field.retired_at !== null) throw new NotFound('The field is not secret');
  return field;
}

/** The encrypted value, for `unsealValue`. @throws {NotFound} without a value in a row that the viewer may see */
export async function revealValue(
  db: TenantDb,
  actor: Actor,
  { entity, code, title }: CustomField,
  rowId: string,
): Promise<string> {
  const { table } = fieldEntities[entity];
  const row = await selectRow(db.visible(`${table} as t`).where('t.id', rowId), {
    name: rowName(db, entity),
    sealed: db.raw<string | null>('t.custom ->> ?::text', [code]),
  });
  const { sealed, name } = found(row);
  if (sealed === null) throw new NotFound('The row has no value of the field');
  recordAudit(db, actor, {
    event: 'custom_field.revealed',
    target: { type: entity, id: rowId, name },
    changes: { field: title },
  });
  return sealed;
}

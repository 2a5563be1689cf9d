import * as z from 'zod';
import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import type { AuditEvent } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { rowError } from '../company/check-status.ts';
import { version } from '../form/fields.ts';
import { refuse } from '../form/parse-values.ts';
import { fieldEntities, rowName, type FieldEntity } from './custom-field.ts';
import { schemaWithCustomFields, type CustomForm } from './form-fields.ts';
import { saveCustomValues } from './store-values.ts';

/** Whose only form with custom fields is the one for them. */
export type DetailEntity = 'rental' | 'invoice';

const events: Readonly<Record<DetailEntity, AuditEvent>> = {
  rental: 'rental.details_changed',
  invoice: 'invoice.details_changed',
};

export const detailsSchema = schemaWithCustomFields({ version: version() });

export type DetailsValues = z.infer<ReturnType<typeof detailsSchema>>;

/** Of users, the customers. */
export function findDetails(db: TenantDb, entity: FieldEntity, id: string) {
  const { table } = fieldEntities[entity];
  const rows = db.visible(`${table} as t`).where('t.id', id);
  if (entity === 'user') void rows.where('t.audience', 'customer');
  return selectRow(rows, {
    ...pick(`${table} as t`, 'id', 'version', 'custom'),
    name: rowName(db, entity),
  });
}

/** Locks the row. @throws {NotFound} for a row that the viewer may not see */
export async function findDetailsForUpdate(db: TenantDb, entity: FieldEntity, id: string) {
  return found(await findDetails(db, entity, id).forUpdate('t'));
}

type Details = Awaited<ReturnType<typeof findDetailsForUpdate>>;

/** `row` is locked. Returns an error at `version` if it was changed after the form was rendered. */
export async function changeDetails(
  db: TenantDb,
  actor: Actor,
  entity: DetailEntity,
  row: Details,
  values: DetailsValues,
  custom: CustomForm,
) {
  const { id, name } = row;
  if (values.version !== row.version) return refuse({ field: 'version', code: 'row_changed' });
  const archived = await rowError(db, entity === 'rental' ? 'rentals' : 'invoices', id, 'status');
  if (archived) return refuse(archived);
  const changes = saveCustomValues(db, entity, id, custom, values);
  if (Object.keys(changes).length === 0) return { ok: true as const };
  await db
    .from(fieldEntities[entity].table)
    .where({ id })
    .update({ version: row.version + 1 });
  recordAudit(db, actor, { event: events[entity], target: { type: entity, id, name }, changes });
  return { ok: true as const };
}

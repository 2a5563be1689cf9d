import { column, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import { listAllCustomFields, type CustomField } from './custom-field-queries.ts';
import { storeCustomValues, type ChangedValues } from './store-values.ts';

/**
 * The column `custom` of a user, with the values that the version before stored in `custom_field_values`. The backfill
 * `move-custom-values` empties that table; a later release drops it.
 */
export function customOfUser(db: TenantDb, alias = 'users') {
  return db.raw<unknown>(
    `${alias}.custom || coalesce((
       select jsonb_object_agg(f.code, v.value)
       from custom_field_values v join custom_fields f on f.tenant_id = v.tenant_id and f.id = v.custom_field_id
       where v.tenant_id = ? and v.user_id = ${alias}.id), '{}')`,
    [db.tenantId],
  );
}

/** Of the changed fields, so that a former value does not replace the new one. */
export function deleteFormerValues(
  db: TenantDb,
  fields: readonly CustomField[],
  changed: readonly ChangedValues[],
): void {
  const codes = new Set(changed.flatMap(({ values }) => Object.keys(values)));
  const fieldIds = fields.filter(({ code }) => codes.has(code)).map(({ id }) => id);
  const userIds = changed.map(({ id }) => id);
  db.defer({
    text: `delete from custom_field_values
       where tenant_id = $1 and user_id = any($2::uuid[]) and custom_field_id = any($3::uuid[])`,
    values: [db.tenantId, userIds, fieldIds],
  });
}

const columns = {
  user_id: column('custom_field_values as v', 'user_id'),
  custom_field_id: column('custom_field_values as v', 'custom_field_id'),
  value: column('custom_field_values as v', 'value'),
};

/** Moves the former values of the locked users to their column. Returns how many users had some. */
export async function moveFormerValues(db: TenantDb, userIds: readonly string[]): Promise<number> {
  if (userIds.length === 0) return 0;
  const former = db.from('custom_field_values as v').whereIn('v.user_id', userIds);
  const rows = await selectRows(former.forUpdate('v'), columns);
  if (rows.length === 0) return 0;
  const fields = await listAllCustomFields(db, 'user');
  const codes = new Map(fields.map(({ id, code }) => [id, code]));
  const changed = [...groupBy(rows, ({ user_id }) => user_id)].map(([id, values]) => ({
    id,
    values: Object.fromEntries(values.map((each) => [codes.get(each.custom_field_id)!, each.value])),
  }));
  storeCustomValues(db, 'user', fields, changed);
  await db.flush();
  return changed.length;
}

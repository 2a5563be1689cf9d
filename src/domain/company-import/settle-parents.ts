import type { TenantDb } from '../../database/tenant-db.ts';
import type { CompanyRows } from './company-row-context.ts';
import type { RowError, Verdict } from '../import/row.ts';

const unknown: Omit<RowError, 'value'> = { code: 'import_unknown_parent', column: 'parent_code' };
const refused: Omit<RowError, 'value'> = { code: 'import_parent_refused', column: 'parent_code' };

/** `part_norm` is the code of the parent if the file creates it, `key_norm` the code of a row that creates a company. */
const SETTLE = `
  with recursive written (key_norm) as (
    select r.key_norm from import_rows r
    where r.tenant_id = ? and r.import_id = ? and r.verdict = 'create' and r.part_norm is null
    union
    select r.key_norm from written w
    join import_rows r on r.part_norm = w.key_norm
    where r.tenant_id = ? and r.import_id = ? and r.verdict = 'create'
  ), lost as (
    select r.line, r.verdict, r.part_norm, exists (
      select from import_rows p
      where p.tenant_id = r.tenant_id and p.import_id = r.import_id and p.key_norm = r.part_norm) as has_row
    from import_rows r
    where r.tenant_id = ? and r.import_id = ? and r.verdict in ('create', 'update') and r.part_norm is not null
      and not exists (select from written w where w.key_norm = r.part_norm)
  )
  update import_rows i
  set verdict = 'error', key_norm = null, part_norm = null, target_id = null, changes = '{}',
    errors = jsonb_build_array(
      (case when lost.has_row then ?::jsonb else ?::jsonb end) || jsonb_build_object('value', lost.part_norm))
  from lost
  where i.tenant_id = ? and i.import_id = ? and i.line = lost.line
  returning lost.verdict`;

/** Refuses rows whose parent is neither stored nor created by the file, and those below each other. */
export async function settleParents(
  db: TenantDb,
  { import_id, columns }: CompanyRows,
): Promise<Map<Verdict, number>> {
  const counts = new Map<Verdict, number>();
  if (!columns.includes('parent_code')) return counts;
  const ids = [db.tenantId, import_id];
  const errors = [JSON.stringify(refused), JSON.stringify(unknown)];
  const { rows } = await db.raw<{ rows: { verdict: Verdict }[] }>(SETTLE, [
    ...ids,
    ...ids,
    ...ids,
    ...errors,
    ...ids,
  ]);
  for (const { verdict } of rows) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return counts;
}

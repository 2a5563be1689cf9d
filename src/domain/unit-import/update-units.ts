import type { TenantDb } from '../../database/tenant-db.ts';
import { unitCode } from '../unit/unit.ts';

export interface ChangedUnitRow {
  id: string;
  code: string;
  unit_type_id: string;
  price_cents: bigint | null;
  sealed_access_code: Buffer | null;
}

const UPDATE = `
  update units u set code = r.code, code_norm = r.code_norm, code_sort = r.code_sort, unit_type_id = r.unit_type_id,
    price_cents = r.price_cents, sealed_access_code = decode(r.sealed_access_code, 'base64'),
    version = u.version + 1, updated_at = now()
  from jsonb_to_recordset(?::jsonb) as r (id uuid, code text, code_norm text, code_sort text, unit_type_id uuid,
    price_cents bigint, sealed_access_code text)
  where u.tenant_id = ? and u.id = r.id
  returning u.id, u.version`;

/** One statement for all rows, which are locked. Returns the new versions by id. */
export async function updateUnits(
  db: TenantDb,
  units: readonly ChangedUnitRow[],
): Promise<Map<string, number>> {
  if (units.length === 0) return new Map();
  const rows = units.map(({ id, code, unit_type_id, price_cents, sealed_access_code }) => ({
    id,
    ...unitCode(code),
    unit_type_id,
    price_cents: price_cents === null ? null : String(price_cents),
    sealed_access_code: sealed_access_code?.toString('base64') ?? null,
  }));
  const { rows: returned } = await db.raw<{ rows: { id: string; version: number }[] }>(UPDATE, [
    JSON.stringify(rows),
    db.tenantId,
  ]);
  return new Map(returned.map(({ id, version }) => [id, version]));
}

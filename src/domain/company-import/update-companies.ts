import type { TenantDb } from '../../database/tenant-db.ts';
import { companyColumns, type CompanyStatus } from '../company/company.ts';
import { addressColumns } from '../text/address.ts';

export interface ChangedCompanyRow {
  id: string;
  name: string;
  code: string;
  address: string | null;
  billing_emails: readonly string[];
  parent_id: string | null;
  status: CompanyStatus;
  status_reason: string | null;
  status_since: string | null;
  /** Whether the status begins now instead. */
  is_status_new?: boolean;
}

const types = {
  code: 'text',
  code_norm: 'text',
  name: 'text',
  name_norm: 'text',
  search_text: 'text',
  address: 'text',
  address_norm: 'text',
  billing_emails: 'text[]',
  parent_id: 'uuid',
  status: 'text',
  status_reason: 'text',
} as const;

const UPDATE = `
  update companies c set ${Object.keys(types)
    .map((name) => `${name} = r.${name}`)
    .join(', ')},
    status_since = case when r.is_status_new then now() else r.status_since end,
    version = c.version + 1, updated_at = now()
  from jsonb_to_recordset(?::jsonb) as r (id uuid, status_since timestamptz, is_status_new boolean, ${Object.entries(
    types,
  )
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')})
  where c.tenant_id = ? and c.id = r.id
  returning c.id, c.version`;

/** One statement for all rows, which are locked. Returns the new versions by id. */
export async function updateCompanies(
  db: TenantDb,
  companies: readonly ChangedCompanyRow[],
): Promise<Map<string, number>> {
  if (companies.length === 0) return new Map();
  const rows = companies.map(({ name, code, address, ...company }) => ({
    ...company,
    ...companyColumns({ code, name }),
    ...addressColumns(address),
  }));
  const { rows: returned } = await db.raw<{ rows: { id: string; version: number }[] }>(UPDATE, [
    JSON.stringify(rows),
    db.tenantId,
  ]);
  return new Map(returned.map(({ id, version }) => [id, version]));
}

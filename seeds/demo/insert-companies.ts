import { newId } from '../../src/database/new-id.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { locationColumns } from '../../src/domain/company-location/company-location.ts';
import { companyColumns } from '../../src/domain/company/company.ts';
import { found } from '../../src/errors.ts';
import { addDays, type Calendar } from './calendar.ts';
import { insertAll } from './insert-all.ts';
import type { DemoTenant } from './tenants.ts';

export async function insertCompanies(db: TenantDb, demo: DemoTenant, calendar: Calendar) {
  const rows = demo.companies.map((name, n) => {
    const created_at = addDays(calendar.tenantCreatedAt, 2 + n * 10);
    const code = `C-${1001 + n}`;
    return {
      id: newId(created_at.getTime()),
      created_at,
      ...statusColumns(demo.company_statuses[name], addDays(calendar.now, -3 - n)),
      ...companyColumns({ code, name }),
    };
  });
  const idOf = (name: string) => found(rows.find((row) => row.name === name)).id;
  await insertAll(db, 'companies', rows);
  for (const [child, parent] of Object.entries(demo.parents))
    await db
      .from('companies')
      .where({ id: idOf(child) })
      .update({ parent_id: idOf(parent) });
  await insertAll(
    db,
    'company_locations',
    demo.locations.map(({ company, ...location }) => ({
      id: newId(),
      company_id: idOf(company),
      ...locationColumns(location),
    })),
  );
  await db.insertInto('counters', { kind: 'company', next: BigInt(rows.length + 1) });
  return rows.map(({ id, name }) => ({ id, name }));
}

function statusColumns(changed: DemoTenant['company_statuses'][string] | undefined, since: Date) {
  return changed
    ? { status: changed.status, status_reason: changed.reason, status_since: since }
    : { status: 'active' as const, status_reason: null, status_since: null };
}

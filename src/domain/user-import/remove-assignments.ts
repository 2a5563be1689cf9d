import type { TenantDb } from '../../database/tenant-db.ts';

interface Assignment {
  user_id: string;
  company_id: string;
  role_id: string;
}

/** One statement for all. */
export function removeAssignments(db: TenantDb, assignments: readonly Assignment[]): void {
  if (assignments.length === 0) return;
  db.defer({
    text: `delete from role_assignments a
      using jsonb_to_recordset($1::jsonb) as r (user_id uuid, company_id uuid, role_id uuid)
      where a.tenant_id = $2 and a.user_id = r.user_id and a.company_id = r.company_id and a.role_id = r.role_id`,
    values: [JSON.stringify(assignments), db.tenantId],
  });
}

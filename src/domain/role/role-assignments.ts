import { batchesOf } from '../../database/batches.ts';
import { insertMany } from '../../database/insert-many.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

export interface RoleAssignment {
  user_id: string;
  role_id: string;
  /** Null for staff. */
  company_id: string | null;
}

/** One statement for a thousand assignments. Keeps those that exist. */
export function insertRoleAssignments(db: TenantDb, assignments: readonly RoleAssignment[]): void {
  for (const batch of batchesOf(assignments)) {
    const rows = batch.map((assignment) => ({ id: newId(), ...assignment }));
    db.defer(insertMany(db, 'role_assignments', rows, { onConflict: 'do nothing' }));
  }
}

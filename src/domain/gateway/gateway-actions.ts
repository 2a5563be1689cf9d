import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

/** For a new tenant outside production. */
export async function insertSandbox(db: TenantDb): Promise<string> {
  const id = newId();
  await db.insertInto('gateways', { id, service: 'sandbox', mode: 'test' });
  return id;
}

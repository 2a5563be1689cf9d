import type { TenantDb } from '../../database/tenant-db.ts';

/** The next number of a kind; nobody else of the tenant gets it, or waits here, until this transaction ends. */
export async function lockCounter(db: TenantDb, kind: string): Promise<string> {
  await db.insertInto('counters', { kind }).onConflict(['tenant_id', 'kind']).ignore();
  const counter = (await db.from('counters').where({ kind }).forUpdate().first('next')) as { next: string };
  return counter.next;
}

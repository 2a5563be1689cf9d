import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';

export function startCheck(_db: TenantDb, _actor: Actor, id: string): Promise<{ ok: true; task: string }> {
  return Promise.resolve({ ok: true, task: id });
}

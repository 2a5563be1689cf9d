import type { PlatformDb } from '../../database/as-platform.ts';
import { newId } from '../../database/new-id.ts';
import type { Actor } from '../actor.ts';

export type PlatformEvent =
  | 'tenant.created'
  | 'tenant.suspended'
  | 'tenant.resumed'
  | 'tenant.owner_link_issued'
  | 'tenant.primary_host_changed'
  | 'operator.created'
  | 'operator.logged_in'
  | 'operator.login_failed'
  | 'operator.logged_out'
  | 'operator.password_changed';

export interface PlatformEntry {
  event: PlatformEvent;
  tenant_id?: string;
  /** Field → [before, after]. Without secrets: a changed password is `['•••', '•••']`. */
  changes?: Record<string, unknown>;
  outcome?: 'success' | 'failure';
}

export async function recordPlatformEvent(db: PlatformDb, actor: Actor, entry: PlatformEntry): Promise<void> {
  await db.from('platform_events').insert({
    id: newId(),
    event: entry.event,
    operator_id: actor.kind === 'operator' ? actor.id : null,
    operator_name: actor.name,
    tenant_id: entry.tenant_id ?? null,
    outcome: entry.outcome ?? 'success',
    changes: JSON.stringify(entry.changes ?? {}),
    ip: actor.ip,
    user_agent: actor.user_agent,
    request_id: actor.request_id,
  });
}

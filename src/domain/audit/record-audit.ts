import type { TenantDb } from '../../database/tenant-db.ts';
import { newId } from '../../database/new-id.ts';
import type { Actor } from '../actor.ts';
import type { AuditEvent } from './audit.ts';

export interface AuditEntry {
  event: AuditEvent;
  target?: {
    type: 'user' | 'company' | 'email' | 'custom_field' | 'terms_version' | 'tenant';
    id: string;
    name: string;
  };
  /** Field → [before, after]. Without secrets: a changed password is `['•••', '•••']`. */
  changes?: Record<string, unknown>;
  outcome?: 'success' | 'failure';
}

export async function recordAudit(db: TenantDb, actor: Actor, entry: AuditEntry): Promise<void> {
  await db.insertInto('audit_events', auditRow(actor, entry));
}

export function auditRow(actor: Actor, entry: AuditEntry): Record<string, unknown> {
  return {
    id: newId(),
    event: entry.event,
    actor_kind: actor.kind,
    actor_id: actor.id,
    actor_name: actor.name,
    target_type: entry.target?.type ?? null,
    target_id: entry.target?.id ?? null,
    target_name: entry.target?.name ?? null,
    outcome: entry.outcome ?? 'success',
    changes: JSON.stringify(entry.changes ?? {}),
    ip: actor.ip,
    user_agent: actor.user_agent,
    request_id: actor.request_id,
  };
}

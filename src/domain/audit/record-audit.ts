import { batchesOf } from '../../database/batches.ts';
import { insertMany } from '../../database/insert-many.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { newId } from '../../database/new-id.ts';
import type { Actor } from '../actor.ts';
import type { AuditEvent } from './audit.ts';
import { createDigests } from './personal-data.ts';

export interface AuditEntry {
  event: AuditEvent;
  target?: {
    type:
      | 'user'
      | 'company'
      | 'site'
      | 'unit_type'
      | 'unit'
      | 'rental'
      | 'agreement_version'
      | 'request'
      | 'invoice'
      | 'payment'
      | 'payment_method'
      | 'gateway_event'
      | 'tax_rate'
      | 'email'
      | 'custom_field'
      | 'label'
      | 'terms_version'
      | 'task'
      | 'saved_view'
      | 'import'
      | 'import_mapping'
      | 'tenant';
    id: string;
    /** Null in an event that must not name a person. */
    name: string | null;
  };
  /** Field → [before, after]. Without secrets: a changed password is `['•••', '•••']`. */
  changes?: Record<string, unknown>;
  outcome?: 'success' | 'failure';
}

/** The event is stored with the next awaited statement or with the commit. */
export function recordAudit(db: TenantDb, actor: Actor, entry: AuditEntry): void {
  recordAudits(db, actor, [entry]);
}

/** One statement for a thousand events. */
export function recordAudits(db: TenantDb, actor: Actor, entries: readonly AuditEntry[]): void {
  insertAuditRows(
    db,
    entries.map((entry) => auditRow(actor, entry)),
  );
}

/** The same with rows that `auditRow` has made. */
export function insertAuditRows(db: TenantDb, events: readonly Record<string, unknown>[]): void {
  for (const rows of batchesOf(events))
    db.defer(
      rows.length === 1 ? db.insertStatement('audit_events', rows) : insertMany(db, 'audit_events', rows),
    );
}

export function auditRow(actor: Actor, entry: AuditEntry): Record<string, unknown> {
  const changes = entry.changes ?? {};
  const actorData = { actor_name: actor.name, ip: actor.ip, user_agent: actor.user_agent };
  const target_name = entry.target?.name ?? null;
  return {
    id: newId(),
    event: entry.event,
    actor_kind: actor.kind,
    actor_id: actor.id,
    target_type: entry.target?.type ?? null,
    target_id: entry.target?.id ?? null,
    target_name,
    outcome: entry.outcome ?? 'success',
    changes: JSON.stringify(changes),
    request_id: actor.request_id,
    ...actorData,
    ...createDigests({ ...actorData, target_name, changes }),
  };
}

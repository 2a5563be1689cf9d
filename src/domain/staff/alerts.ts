import type { TenantDb } from '../../database/tenant-db.ts';
import type { Row } from '../../database/tables.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';

/** What staff are emailed about. */
export type AlertName =
  | 'alerts_of_comments'
  | 'alerts_of_requests'
  | 'alerts_of_payments'
  | 'alerts_of_documents';

export type Alerts = Pick<Row<'users'>, AlertName>;

/** Of the current user. `before` is the stored row. */
export function updateAlerts(
  db: TenantDb,
  actor: Actor,
  before: Alerts & { id: string },
  alerts: Alerts,
): void {
  const changes = changedFields(before, { ...alerts });
  if (Object.keys(changes).length === 0) return;
  db.defer(
    db
      .from('users')
      .where({ id: before.id })
      .update({ ...alerts, version: db.raw('version + 1'), updated_at: db.raw('now()') }),
  );
  recordAudit(db, actor, {
    event: 'user.updated',
    target: { type: 'user', id: before.id, name: actor.name },
    changes,
  });
}

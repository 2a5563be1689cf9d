import * as z from 'zod';
import { column, pick, selectRows, type Column } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import type { AuditEvent } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { paragraphs, version } from '../form/fields.ts';
import { code, refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { isArchivable, listArchiveBlockers } from './archive-blockers.ts';
import { findCompanyForUpdate, type CompanyDetail } from './company-queries.ts';
import { statusRules } from './company-status.ts';
import { companyStatuses, type CompanyStatus } from './company.ts';

export const statusSchema = z.object({
  status: z.enum(companyStatuses, code('required')),
  reason: paragraphs(500),
  version: version(),
});

export type StatusValues = z.infer<typeof statusSchema>;

type ChangedStatus = { ok: true; company: CompanyDetail } | RefusedValues;

/**
 * Locks the company only. Actions that begin a rental or change money lock it too, after the account, so that what is
 * read here stays true until the commit.
 *
 * @throws {NotFound} if the viewer may not see the company
 */
export async function changeCompanyStatus(
  db: TenantDb,
  actor: Actor,
  id: string,
  { status, reason, version }: StatusValues,
): Promise<ChangedStatus> {
  const company = found(await findCompanyForUpdate(db, id));
  const error = await statusError(db, company, status, version);
  if (error) return refuse(error);
  db.defer(
    db
      .from('companies')
      .where({ id })
      .update({
        status,
        status_reason: reason,
        status_since: db.raw('now()'),
        version: company.version + 1,
        updated_at: db.raw('now()'),
      }),
  );
  recordAudit(db, actor, {
    event: CHANGED,
    target: { type: 'company', id, name: company.name },
    changes: { status: [company.status, status], reason: [null, reason] },
  });
  return { ok: true, company };
}

const CHANGED: AuditEvent = 'company.status_changed';

async function statusError(
  db: TenantDb,
  company: CompanyDetail,
  status: CompanyStatus,
  seen: number,
): Promise<FieldError | undefined> {
  if (seen !== company.version) return { field: 'version', code: 'status_stale' };
  if (status === company.status) return { field: 'status', code: 'status_unchanged' };
  if (!statusRules[company.status].next.includes(status)) return { field: 'status', code: 'invalid' };
  if (status !== 'archived' || isArchivable(await listArchiveBlockers(db, company.id))) return undefined;
  return { field: 'status', code: 'company_in_use' };
}

const changeColumns = {
  ...pick('audit_events as e', 'id', 'at', 'actor_name'),
  changes: column('audit_events as e', 'changes') as Column<{
    status: [CompanyStatus, CompanyStatus] | null;
    reason: [null, string] | null;
  }>,
};

const MAX_CHANGES = 20;

/** The newest first. Values of erased events are null. */
export function listStatusChanges(db: TenantDb, companyId: string) {
  const events = db
    .visible('audit_events as e')
    .where({ 'e.target_id': companyId, 'e.event': CHANGED })
    .orderBy([
      { column: 'e.at', order: 'desc' },
      { column: 'e.id', order: 'desc' },
    ])
    .limit(MAX_CHANGES);
  return selectRows(events, changeColumns);
}

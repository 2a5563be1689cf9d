import { Router } from 'express';
import { MAX_SEARCH_RESULTS } from '../database/paginate.ts';
import { auditList, type ListedAuditEvent } from '../domain/audit/audit-list.ts';
import { auditEvents, changeLines, erasedLines, type AuditEvent } from '../domain/audit/audit.ts';
import type { StaffPermission } from '../domain/role/permissions.ts';
import { may } from '../http/guards.ts';
import { readList } from '../http/read-list.ts';

export const auditLog = Router();

auditLog.get('/', may('audit_log.view'), async (req, res) => {
  const list = await readList(req, res, auditList);
  if (!list) return;
  const { q, filters, time_zone } = list.query;
  const [{ rows: fetched, found }] = await req.readTenant((db) => [
    auditList.found(db, list.query, list.place),
  ]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/audit-log/list', {
    title: 'Audit log',
    events: rows.map(describeEvent),
    choices: Object.entries(auditEvents).map(([value, label]) => ({ value, label })),
    q,
    event: filters.event ?? '',
    object: filters.object ?? '',
    object_name: rows.find(({ target_name }) => target_name !== null)?.target_name ?? '',
    from: filters.from ?? '',
    to: filters.to ?? '',
    time_zone,
    is_filtered: list.isFiltered,
    is_cut: found >= MAX_SEARCH_RESULTS,
    max_found: MAX_SEARCH_RESULTS,
    ...links,
  });
});

function describeEvent(event: ListedAuditEvent) {
  const isCustomer = event.actor_kind === 'customer' && event.actor_id !== null;
  const is_target_erased = event.target_type !== null && event.target_name === null;
  return {
    ...event,
    // An older version does not know the events of a newer one.
    label: auditEvents[event.event] ?? (event.event as AuditEvent),
    is_target_erased,
    lines: is_target_erased ? erasedLines(event.changes) : changeLines(event.changes),
    actor_href: isCustomer ? `/users/${event.actor_id}` : null,
    ...targetPage(event),
  };
}

function targetPage({ target_type, target_id, target_audience }: ListedAuditEvent) {
  const page = target_id === null ? undefined : targetPages[target_audience ?? target_type ?? ''];
  return page
    ? { target_href: `${page.path}/${target_id}`, target_permission: page.permission }
    : { target_href: null, target_permission: '' };
}

const targetPages: Record<string, { path: string; permission: StaffPermission }> = {
  customer: { path: '/users', permission: 'users.view' },
  staff: { path: '/settings/team', permission: 'team.edit' },
  company: { path: '/customers/companies', permission: 'companies.view' },
  email: { path: '/emails', permission: 'emails.view' },
  terms_version: { path: '/settings/terms', permission: 'terms.publish' },
};

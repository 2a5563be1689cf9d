import { Router } from 'express';
import { pageOf } from '../database/paginate.ts';
import { changeLines } from '../domain/audit/audit-changes.ts';
import { auditEvents, type AuditEvent } from '../domain/audit/audit-events.ts';
import { auditOrders, listAuditEvents, type ListedAuditEvent } from '../domain/audit/audit-queries.ts';
import type { StaffPermission } from '../domain/role/permissions.ts';
import { may } from '../http/guards.ts';
import { readList, type ListGrammar } from '../http/read-list.ts';

/** What happened, who did it and from where. */
export const auditLog = Router();

const grammar: ListGrammar = {
  orders: auditOrders,
  sort: '-at',
  filters: { event: (value) => Object.hasOwn(auditEvents, value), from: isDay, to: isDay },
};

auditLog.get('/', may('audit_log.view'), async (req, res) => {
  const list = readList(req, res, grammar);
  if (!list) return;
  // The days of the filter are those that the page's times are shown in.
  const time_zone = req.user?.time_zone ?? req.tenant.time_zone;
  const filter = { ...list.filters, who: list.q, time_zone };
  const [rows] = await req.readTenant((db) => [listAuditEvents(db, filter, list.order, list)]);
  const page = pageOf(rows, list.order, list);
  res.page('operations/audit-log/list', {
    title: 'Audit log',
    events: page.rows.map(shown),
    choices: Object.entries(auditEvents).map(([value, label]) => ({ value, label })),
    q: list.q,
    event: list.filters['event'] ?? '',
    from: list.filters['from'] ?? '',
    to: list.filters['to'] ?? '',
    time_zone,
    is_filtered: list.isFiltered,
    ...list.pager(page),
  });
});

function shown(event: ListedAuditEvent) {
  const isPerson = event.actor_kind === 'customer' && event.actor_id !== null;
  return {
    ...event,
    // A log outlives its words: an event of a later version is shown by its name.
    what: auditEvents[event.event] ?? (event.event as AuditEvent),
    lines: changeLines(event.changes),
    actor_href: isPerson ? `/users/${event.actor_id}` : null,
    ...targetPage(event),
  };
}

/** Where the object is shown, and to whom; nowhere for what has no page. */
function targetPage({ target_type, target_id, target_audience }: ListedAuditEvent) {
  const page = target_id === null ? undefined : pages[target_audience ?? target_type ?? ''];
  return page
    ? { target_href: `${page.path}/${target_id}`, target_permission: page.permission }
    : { target_href: null, target_permission: '' };
}

const pages: Record<string, { path: string; permission: StaffPermission }> = {
  customer: { path: '/users', permission: 'users.view' },
  staff: { path: '/settings/team', permission: 'team.edit' },
  company: { path: '/customers/companies', permission: 'companies.view' },
  email: { path: '/emails', permission: 'emails.view' },
  terms_version: { path: '/settings/terms', permission: 'terms.publish' },
};

/** As a date field sends it, and a day there is. */
function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const day = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value) && value >= '1900';
}

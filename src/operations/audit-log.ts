import { Router } from 'express';
import { pageOf } from '../database/paginate.ts';
import { auditOrders, listAuditEvents, type ListedAuditEvent } from '../domain/audit/audit-queries.ts';
import { auditEvents, changeLines, erasedLines, type AuditEvent } from '../domain/audit/audit.ts';
import type { StaffPermission } from '../domain/role/permissions.ts';
import { may } from '../http/guards.ts';
import { readList, type ListDefinition } from '../http/read-list.ts';

export const auditLog = Router();

const listDefinition: ListDefinition = {
  orders: auditOrders,
  sort: '-at',
  filters: { event: (value) => Object.hasOwn(auditEvents, value), from: isCalendarDate, to: isCalendarDate },
};

auditLog.get('/', may('audit_log.view'), async (req, res) => {
  const list = readList(req, res, listDefinition);
  if (!list) return;
  // The days of the filter begin in the time zone in which the page shows its times.
  const time_zone = req.user?.time_zone ?? req.tenant.time_zone;
  const filter = { ...list.filters, who: list.q, time_zone };
  const [rows] = await req.readTenant((db) => [listAuditEvents(db, filter, list.order, list)]);
  const page = pageOf(rows, list.order, list);
  res.page('operations/audit-log/list', {
    title: 'Audit log',
    events: page.rows.map(describeEvent),
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

function isCalendarDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value) && value >= '1900';
}

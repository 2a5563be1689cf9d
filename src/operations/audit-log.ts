import { Router } from 'express';
import { pageOf } from '../database/paginate.ts';
import { changeLines } from '../domain/audit/audit-changes.ts';
import { auditEvents, type AuditEvent } from '../domain/audit/audit-events.ts';
import { auditOrders, listAuditEvents, type ListedAuditEvent } from '../domain/audit/audit-queries.ts';
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
  res.page('operations/audit-log/index', {
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
    target_href: targetHref(event),
  };
}

function targetHref({ target_type, target_id, target_audience }: ListedAuditEvent): string | null {
  if (target_id === null) return null;
  if (target_type === 'company') return `/customers/companies/${target_id}`;
  if (target_type === 'email') return `/emails/${target_id}`;
  if (target_audience === 'customer') return `/users/${target_id}`;
  return target_type === 'terms_version' ? `/settings/terms/${target_id}` : null;
}

/** As a date field sends it, and a day there is. */
function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const day = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value) && value >= '1900';
}

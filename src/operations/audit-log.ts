import { Router } from 'express';
import { auditList, type ListedAuditEvent } from '../domain/audit/audit-list.ts';
import { auditEvents, changeLines, erasedLines, type ChangeLine } from '../domain/audit/audit.ts';
import type { StaffPermission } from '../domain/role/permissions.ts';
import { may } from '../http/guards.ts';
import type { Badge } from './badges.ts';
import type { Column } from './list-columns.ts';
import { listScreen } from './list-screen.ts';

export const auditLog = Router();

const failed: Badge = { text: 'Failed', tone: 'bad' };
const erased = { label: 'Erased' };

export const auditColumns: readonly Column<ListedAuditEvent>[] = [
  { name: 'when', heading: 'When', kind: 'time', look: 'nowrap', cell: ({ at }) => ({ value: at }) },
  {
    name: 'who',
    heading: 'Who',
    look: 'clip',
    cell: ({ actor_kind, actor_id, actor_name }, { can }) => ({
      ...(actor_name === null ? erased : { value: actor_name }),
      href: actor_kind === 'customer' && actor_id !== null && can('users.view') ? `/users/${actor_id}` : null,
    }),
  },
  {
    name: 'what',
    heading: 'What',
    look: 'name',
    cell: ({ event, outcome }) => ({
      // An older version does not know the events of a newer one.
      label: auditEvents[event] ?? event,
      badges: outcome === 'failure' ? [failed] : [],
    }),
  },
  {
    name: 'object',
    heading: 'Object',
    heading_note: 'and changes',
    look: 'anywhere',
    cell: (event, { can }) => {
      const page = targetPage(event);
      const isErased = isTargetErased(event);
      return {
        ...(isErased ? erased : { value: event.target_name ?? undefined }),
        href: page && can(page.permission) ? page.href : null,
        lines: linesOf(event),
        are_lines_erased: isErased,
      };
    },
    csv: (shown) => [
      shown,
      { heading: 'Changes', value: (event) => linesOf(event).map(lineText).join('\n') },
    ],
  },
  {
    name: 'from',
    heading: 'From',
    cell: ({ ip, actor_name }) => (ip === null && actor_name === null ? erased : { value: ip ?? undefined }),
  },
];

auditLog.get(
  '/',
  may('audit_log.view'),
  listScreen({
    title: 'Audit log',
    path: '/audit-log',
    list: auditList,
    file: 'audit-log',
    columns: auditColumns,
    intro: ({ query: { filters, time_zone }, rows }) => [
      {
        text: 'Times are in {time_zone}.',
        params: { time_zone: time_zone.replaceAll('_', ' ') },
        is_lede: true,
      },
      ...(filters.object === undefined ? [] : [objectNote(rows)]),
    ],
    search: { label: 'Who', placeholder: 'Who: part of a name or address' },
    filters: [
      { kind: 'link', name: 'object', label: 'Object' },
      {
        kind: 'one',
        name: 'event',
        label: 'What',
        options: Object.entries(auditEvents).map(([value, label]) => ({ value, label })),
      },
      { kind: 'day', name: 'from', label: 'From' },
      { kind: 'day', name: 'to', label: 'To' },
    ],
    cut: 'Events of the first {most} matching users. Refine your search to see others.',
    noMatch: { heading: 'No events match', icon: 'history' },
    firstUse: { heading: 'No events match', icon: 'history' },
  }),
);

function objectNote(rows: readonly ListedAuditEvent[]) {
  const name = rows.find(({ target_name }) => target_name !== null)?.target_name;
  return name ? { text: 'Events of {name} only.', params: { name } } : { text: 'Events of one object only.' };
}

function isTargetErased({ target_type, target_name }: ListedAuditEvent): boolean {
  return target_type !== null && target_name === null;
}

function linesOf(event: ListedAuditEvent) {
  return isTargetErased(event) ? erasedLines(event.changes) : changeLines(event.changes);
}

function lineText({ field, before, after }: ChangeLine): string {
  return `${field}: ${[before, after].filter(Boolean).join(' → ')}`;
}

function targetPage({ target_type, target_id, target_audience }: ListedAuditEvent) {
  const page = target_id === null ? undefined : targetPages[target_audience ?? target_type ?? ''];
  return page && { href: `${page.path}/${target_id}`, permission: page.permission };
}

const targetPages: Record<string, { path: string; permission: StaffPermission }> = {
  customer: { path: '/users', permission: 'users.view' },
  staff: { path: '/settings/team', permission: 'team.edit' },
  company: { path: '/customers/companies', permission: 'companies.view' },
  email: { path: '/emails', permission: 'emails.view' },
  terms_version: { path: '/settings/terms', permission: 'terms.publish' },
};

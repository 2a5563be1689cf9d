import type { Request } from 'express';
import type { Actor } from '../../domain/actor.ts';
import { MOST_COUNTED, type RecordCounts } from '../../domain/record/record-counts.ts';
import { mayChange, type NamedRecord, type RecordRef } from '../../domain/record/record.ts';
import { Forbidden } from '../../errors.ts';
import type { StaffPermission } from '../../domain/role/permissions.ts';

/** The pages about a user or a company. */
export interface RecordKind {
  type: RecordRef['type'];
  path: string;
  list_label: string;
  view: StaffPermission;
}

export const userKind: RecordKind = {
  type: 'user',
  path: '/users',
  list_label: 'Users',
  view: 'users.view',
};

export const companyKind: RecordKind = {
  type: 'company',
  path: '/customers/companies',
  list_label: 'Companies',
  view: 'companies.view',
};

const kinds = { user: userKind, company: companyKind };

export function recordPath({ type, id }: RecordRef): string {
  return `${kinds[type].path}/${id}`;
}

interface Tab {
  page: string;
  text: string;
  count?: keyof RecordCounts;
  permission?: StaffPermission;
  only?: RecordRef['type'];
}

const tabs: readonly Tab[] = [
  { page: '', text: 'Details', only: 'user' },
  { page: '', text: 'Customers', count: 'customers', only: 'company' },
  { page: '/units', text: 'Units', count: 'units', permission: 'rentals.view' },
  { page: '/invoices', text: 'Invoices', count: 'invoices', permission: 'invoices.view' },
  { page: '/payment-details', text: 'Payment details', count: 'methods', permission: 'invoices.view' },
  { page: '/documents', text: 'Documents', count: 'documents', permission: 'documents.view' },
  { page: '/locations', text: 'Locations', count: 'locations', only: 'company' },
  { page: '/emails', text: 'Emails', count: 'emails', permission: 'emails.view' },
  { page: '/notes', text: 'Notes', count: 'notes' },
  { page: '/history', text: 'History', count: 'events' },
];

/** Of a page whose guard requires another permission. @throws {Forbidden} for staff who may not see such records */
export function recordFor(
  { actor, params: { id } }: Request<{ id: string }>,
  { type, view }: RecordKind,
): RecordRef {
  if (!actor.permissions.has(view)) throw new Forbidden(view);
  return { type, id };
}

/** Those that the viewer may open. */
export function recordTabs({ actor }: Pick<Request, 'actor'>, record: RecordRef, counts: RecordCounts) {
  return tabs
    .filter(({ only, permission }) => {
      const isOfType = only === undefined || only === record.type;
      return isOfType && (permission === undefined || actor.permissions.has(permission));
    })
    .map(({ page, text, count }) => {
      const number = count === undefined ? null : counts[shownCount(count, actor)];
      return {
        href: recordPath(record) + page,
        text,
        count: number,
        is_capped: number !== null && number >= MOST_COUNTED,
      };
    });
}

/** Staff who may not see the audit log see the comments of the history alone. */
function shownCount(count: keyof RecordCounts, { permissions }: Actor): keyof RecordCounts {
  return count === 'events' && !permissions.has('audit_log.view') ? 'comments' : count;
}

/** The locals of every page of a record except its first one. */
export function recordLocals(req: Pick<Request, 'actor'>, record: NamedRecord, counts?: RecordCounts) {
  const { list_label, path } = kinds[record.type];
  return {
    record_name: record.name,
    record_path: recordPath(record),
    may_change: mayChange(record),
    field_ids: { record: 'main' },
    list_path: path,
    list_label,
    // None of a page without tabs.
    record_tabs: counts === undefined ? [] : recordTabs(req, record, counts),
  };
}

import { fieldLabel } from '../../domain/audit/audit.ts';
import type { CustomField } from '../../domain/custom-field/custom-field-queries.ts';
import { readCustom } from '../../domain/custom-field/form-fields.ts';
import { emailTemplate, isTemplateName } from '../../domain/email/email-templates.ts';
import type { StaffPermission } from '../../domain/role/permissions.ts';
import type { ListedUser } from '../../domain/user/user-list.ts';
import type { User } from '../../domain/user/user-queries.ts';
import { pairAccounts } from '../../domain/user-merge/merge-accounts.ts';
import { detailLines, takenValues } from '../../domain/user-merge/merge-details.ts';
import {
  movedKinds,
  type AccountOfBoth,
  type MovedKind,
  type MovedRow,
  type MovedRows,
} from '../../domain/user-merge/merge-queries.ts';
import type { Column } from '../list-columns.ts';
import { requestLabels } from '../../domain/request/request.ts';
import { userColumns } from './columns.ts';

interface Users {
  user: User;
  other: User;
}

interface ShownKind {
  label: string;
  permission?: StaffPermission;
  /** Of a row. Without one, rows are not linked. */
  href?: (row: MovedRow, otherId: string) => string;
  /** English, of rows whose text is no name. */
  text?: (row: MovedRow) => string;
}

const kinds: Record<MovedKind, ShownKind> = {
  companies: {
    label: 'Companies, with the roles of both',
    permission: 'companies.view',
    href: ({ id }) => `/customers/companies/${id}`,
  },
  rentals: { label: 'Rentals', permission: 'rentals.view', href: ({ id }) => `/rentals/${id}` },
  invoices: {
    label: 'Invoices and credit notes',
    permission: 'invoices.view',
    href: ({ id }) => `/invoices/${id}`,
    text: ({ text }) => text ?? 'Draft',
  },
  payments: { label: 'Payments', permission: 'invoices.view', href: ({ id }) => `/payments/${id}` },
  payment_methods: { label: 'Payment methods', text: ({ text }) => (text === null ? '' : `•••• ${text}`) },
  disputes: { label: 'Disputes', permission: 'invoices.view', href: ({ id }) => `/disputes/${id}` },
  requests: {
    label: 'Requests',
    permission: 'requests.decide',
    href: ({ id }) => `/requests/${id}`,
    text: ({ text }) => requestLabels[text as keyof typeof requestLabels],
  },
  agreements: { label: 'Signed agreements' },
  documents: {
    label: 'Documents',
    permission: 'documents.view',
    href: (_row, otherId) => `/users/${otherId}/documents`,
  },
  notes: { label: 'Notes' },
  emails: {
    label: 'Emails',
    permission: 'emails.view',
    href: ({ id }) => `/emails/${id}`,
    text: ({ text }) => (text !== null && isTemplateName(text) ? emailTemplate(text).label : ''),
  },
  labels: { label: 'Labels' },
  comments: { label: 'Comments on invoices' },
  terms: { label: 'Accepted Terms and Conditions' },
};

/** A row for each kind of which there are some. */
export function movedRows(moved: Record<MovedKind, MovedRows>, otherId: string) {
  return movedKinds
    .filter((kind) => moved[kind].count > 0)
    .map((kind) => {
      const { label, permission, href, text } = kinds[kind];
      const { count, rows } = moved[kind];
      const shown = rows
        .map((row) => ({
          text: text ? text(row) : (row.text ?? ''),
          href: href?.(row, otherId) ?? null,
          payment: paymentOf(row),
        }))
        .filter((row) => row.text !== '' || row.payment !== null);
      return { label, permission: permission ?? null, count, rows: shown, more: count - shown.length };
    });
}

function paymentOf({ received_on, amount_cents, currency }: MovedRow) {
  if (received_on === undefined || amount_cents === undefined || currency === undefined) return null;
  return { day: received_on, cents: BigInt(amount_cents), currency };
}

/** What each of them has, and what is kept. */
export function detailRows({ user, other }: Users) {
  return detailLines(user, other).map(({ field, ...values }) => ({ label: fieldLabel(field), ...values }));
}

/** The titles of the custom fields that are filled, and of those where another value of the other user is dropped. */
export function customLines(fields: readonly CustomField[], { user, other }: Users) {
  const filled = takenValues(fields, user, other).map(({ field }) => field.title);
  const [stored, offered] = [readCustom(user), readCustom(other)];
  const dropped = fields.filter(
    ({ code }) =>
      stored[code] !== undefined &&
      offered[code] !== undefined &&
      JSON.stringify(stored[code]) !== JSON.stringify(offered[code]),
  );
  return { filled, dropped: dropped.map(({ title }) => title) };
}

/** `has_both`: the balance moves to the account of the user; else the account itself does. */
export function accountLines(accounts: readonly AccountOfBoth[], users: Users) {
  return pairAccounts(accounts, users).map(({ from, into }) => ({
    ...from,
    has_both: into !== undefined,
    into_reference: into?.reference ?? null,
    is_paying: from.is_paying || into?.is_paying === true,
  }));
}

/** Of the users whom the search has found. */
export function candidateColumns(id: string): Column<ListedUser>[] {
  const shown = ['name', 'company', 'created'].flatMap(
    (name) => userColumns.find((column) => column.name === name) ?? [],
  );
  return [
    ...shown.map(({ sort: _sort, ...column }) => column),
    {
      name: 'merge',
      heading: 'Merge',
      is_heading_hidden: true,
      look: 'end',
      cell: (user) => ({
        label: 'Show what moves',
        href: `/users/${id}/merge?with=${user.id}`,
        about: user.name || (user.email ?? ''),
      }),
    },
  ];
}

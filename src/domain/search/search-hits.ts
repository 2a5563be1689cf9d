import { convertRead, type ConvertedRead } from '../../database/in-tenant.ts';
import type { List, SearchProblem } from '../../database/list.ts';
import type { Filters } from '../../database/parse-list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { companyList } from '../company/company-list.ts';
import { emailList } from '../email/email-list.ts';
import { invoiceList } from '../invoice/invoice-list.ts';
import type { StaffPermission } from '../role/permissions.ts';
import { unitList } from '../unit/unit-list.ts';
import { userList } from '../user/user-list.ts';
import { displayName } from '../user/user.ts';
import { isPlainText } from './read-search.ts';

/** Of each kind. The list has the others. */
const MAX_HITS = 5;

interface Hit {
  text: string;
  note: string;
}

export interface Hits {
  kind: HitKind;
  hits: (Hit & { id: string })[];
  has_more: boolean;
}

interface Searched {
  permission: StaffPermission;
  /** Whether the list understands all of the text. */
  understands: (q: string) => boolean;
  read: (db: TenantDb, kind: HitKind, q: string) => ConvertedRead<Hits>;
}

const kinds = {
  user: searched(userList, 'users.view', (user) => ({ text: displayName(user), note: user.email })),
  company: searched(companyList, 'companies.view', ({ name, code }) => ({ text: name, note: code })),
  unit: searched(unitList, 'rentals.view', ({ code, site_name }) => ({ text: code, note: site_name })),
  invoice: searched(invoiceList, 'invoices.view', (invoice) => ({
    text: invoice.label ?? '',
    note: invoice.company_name ?? (invoice.user_name || invoice.user_email) ?? '',
  })),
  email: searched(emailList, 'emails.view', ({ subject, to_address }) => ({
    text: subject ?? to_address,
    note: to_address,
  })),
} satisfies Record<string, Searched>;

export type HitKind = 'user' | 'company' | 'unit' | 'invoice' | 'email';

/** The kinds that may be seen and whose lists understand all of the text. */
export function searchedKinds(permissions: ReadonlySet<string>, q: string): HitKind[] {
  return (Object.keys(kinds) as HitKind[]).filter(
    (kind) => permissions.has(kinds[kind].permission) && kinds[kind].understands(q),
  );
}

export function listHits(db: TenantDb, kind: HitKind, q: string): ConvertedRead<Hits> {
  return kinds[kind].read(db, kind, q);
}

/** What no list understands. */
export function hitProblems(q: string): readonly SearchProblem[] {
  return userList.declaration.searchIds?.problems?.(q) ?? [];
}

function searched<Row extends { id: string }, Given extends Filters>(
  list: List<Row, TenantDb, Given, never>,
  permission: StaffPermission,
  show: (row: Row) => Hit,
): Searched {
  const { problems } = list.declaration.searchIds ?? {};
  return {
    permission,
    understands: (q) => (problems ? problems(q).length === 0 : isPlainText(q)),
    read: (db, kind, q) =>
      convertRead(list.rows(db, list.parse({ q }).query, null, MAX_HITS), (rows) => ({
        kind,
        hits: rows.slice(0, MAX_HITS).map((row) => ({ id: row.id, ...show(row) })),
        has_more: rows.length > MAX_HITS,
      })),
  };
}

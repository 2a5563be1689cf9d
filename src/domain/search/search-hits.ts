import { convertRead, type ConvertedRead } from '../../database/in-tenant.ts';
import type { List, SearchProblem } from '../../database/list.ts';
import type { Filters } from '../../database/parse-list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { companyList } from '../company/company-list.ts';
import type { CustomField } from '../custom-field/custom-field-queries.ts';
import { isSearchByCode, listWithFields } from '../custom-field/field-list.ts';
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
  understands: (text: SearchedText) => boolean;
  read: (db: TenantDb, kind: HitKind, text: SearchedText) => ConvertedRead<Hits>;
}

interface SearchedText {
  q: string;
  /** The custom fields of the tenant, by whose codes lists can be searched. */
  fields: readonly CustomField[];
}

const kinds = {
  user: searched(userList, 'users.view', (user) => ({
    text: displayName(user),
    note: user.email ?? user.phone ?? '',
  })),
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
export function searchedKinds(permissions: ReadonlySet<string>, text: SearchedText): HitKind[] {
  return (Object.keys(kinds) as HitKind[]).filter(
    (kind) => permissions.has(kinds[kind].permission) && kinds[kind].understands(text),
  );
}

export function listHits(db: TenantDb, kind: HitKind, text: SearchedText): ConvertedRead<Hits> {
  return kinds[kind].read(db, kind, text);
}

/** What no list understands. */
export function hitProblems({ q, fields }: SearchedText): readonly SearchProblem[] {
  return listWithFields(userList, fields).declaration.searchIds?.problems?.(q) ?? [];
}

function searched<Row extends { id: string }, Given extends Filters>(
  list: List<Row, TenantDb, Given, never>,
  permission: StaffPermission,
  show: (row: Row) => Hit,
): Searched {
  return {
    permission,
    understands: ({ q, fields }) => {
      const { problems } = listWithFields(list, fields).declaration.searchIds ?? {};
      if (problems) return problems(q).length === 0;
      return isPlainText(q) || isSearchByCode(fields, list.declaration, q);
    },
    read: (db, kind, { q, fields }) => {
      const searchedRows = listWithFields(list, fields);
      const query = searchedRows.parse({ q }).query;
      return convertRead(searchedRows.rows(db, query, null, MAX_HITS), (rows) => ({
        kind,
        hits: rows.slice(0, MAX_HITS).map((row) => ({ id: row.id, ...show(row) })),
        has_more: rows.length > MAX_HITS,
      }));
    },
  };
}

import { Router, type Request } from 'express';
import type { ConvertedRead } from '../database/in-tenant.ts';
import { convertRead } from '../database/in-tenant.ts';
import type { List } from '../database/list.ts';
import type { Filters } from '../database/parse-list.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { companyList } from '../domain/company/company-list.ts';
import { emailList } from '../domain/email/email-list.ts';
import { invoiceList } from '../domain/invoice/invoice-list.ts';
import type { StaffPermission } from '../domain/role/permissions.ts';
import { isPlainText } from '../domain/search/read-search.ts';
import { unitList } from '../domain/unit/unit-list.ts';
import { userList } from '../domain/user/user-list.ts';
import { displayName } from '../domain/user/user.ts';
import { flash } from '../http/flash.ts';
import { signedIn } from '../http/guards.ts';
import { translateFor } from '../http/render-page.ts';
import { findCommands } from './commands.ts';

/** Of each kind. The list has the others. */
const MAX_HITS = 5;

interface Hit {
  href: string;
  text: string;
  note: string;
}

interface Hits {
  heading: string;
  hits: Hit[];
  /** The list with all rows. */
  href: string;
  has_more: boolean;
}

interface Kind {
  permission: StaffPermission;
  /** Whether the list understands all of the text. */
  understands: (q: string) => boolean;
  read: (db: TenantDb, q: string) => ConvertedRead<Hits>;
}

const kinds: readonly Kind[] = [
  kind('Users', '/users', userList, 'users.view', (user) => ({
    href: `/users/${user.id}`,
    text: displayName(user),
    note: user.email,
  })),
  kind('Companies', '/customers/companies', companyList, 'companies.view', ({ id, name, code }) => ({
    href: `/customers/companies/${id}`,
    text: name,
    note: code,
  })),
  kind('Units', '/units', unitList, 'rentals.view', ({ id, code, site_name }) => ({
    href: `/units/${id}`,
    text: code,
    note: site_name,
  })),
  kind('Invoices', '/invoices', invoiceList, 'invoices.view', (invoice) => ({
    href: `/invoices/${invoice.id}`,
    text: invoice.label ?? '',
    note: invoice.company_name ?? (invoice.user_name || invoice.user_email) ?? '',
  })),
  kind('Emails', '/emails', emailList, 'emails.view', ({ id, subject, to_address }) => ({
    href: `/emails/${id}`,
    text: subject ?? to_address,
    note: to_address,
  })),
];

export const search = Router();

search.get('/', signedIn, async (req, res) => {
  const { q } = userList.parse(req.query).query;
  const results = q === '' ? [] : await readHits(req, q);
  for (const { text, params } of results === null ? userList.declaration.searchIds!.problems!(q) : [])
    flash(req, res, text, { kind: 'warn', params });
  res.page('operations/search', {
    title: 'Search',
    q,
    results: (results ?? []).filter(({ hits }) => hits.length > 0),
    commands: isPlainText(q) ? findCommands(req, q, translateFor(req)) : [],
  });
});

/** Null if no list understands the text. */
async function readHits(req: Request, q: string): Promise<Hits[] | null> {
  const allowed = kinds.filter(({ permission }) => req.actor.permissions.has(permission));
  const searched = allowed.filter(({ understands }) => understands(q));
  if (searched.length === 0) return null;
  return req.readTenant((db) => searched.map(({ read }) => read(db, q)));
}

function kind<Row extends { id: string }, Given extends Filters>(
  heading: string,
  path: string,
  list: List<Row, TenantDb, Given, never>,
  permission: StaffPermission,
  show: (row: Row) => Hit,
): Kind {
  const { problems } = list.declaration.searchIds ?? {};
  return {
    permission,
    understands: (q) => (problems ? problems(q).length === 0 : isPlainText(q)),
    read: (db, q) =>
      convertRead(list.rows(db, list.parse({ q }).query, null, MAX_HITS), (rows) => ({
        heading,
        hits: rows.slice(0, MAX_HITS).map(show),
        href: `${path}?${new URLSearchParams({ q }).toString()}`,
        has_more: rows.length > MAX_HITS,
      })),
  };
}

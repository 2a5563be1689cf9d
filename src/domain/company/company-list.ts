import type { Knex } from 'knex';
import { pick } from '../../database/columns.ts';
import { list } from '../../database/list.ts';
import { idsContaining } from '../../database/substring-search.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { isSubstringSearch, nameTerm } from '../user/user-search.ts';
import { normaliseCode } from './company.ts';

const CUSTOMER_COUNT = `(select count(*)::int from memberships m
  where m.tenant_id = ? and m.company_id = c.id)`;

const columns = (db: TenantDb) => ({
  ...pick('companies as c', 'id', 'code', 'code_norm', 'name', 'name_norm', 'status'),
  customers: db.raw<number>(CUSTOMER_COUNT, [db.tenantId]),
});

export const companyList = list({
  from: 'companies as c',
  columns,
  orders: {
    name: { columns: ['c.name_norm', 'c.id'], fields: ['name_norm', 'id'] },
    code: { columns: ['c.code_norm'], fields: ['code_norm'] },
  },
  defaultSort: 'name',
  search: whereNameOrCodeBegins,
  searchIds: { find: findMatchingIds, column: 'c.id', isUnique: true },
});

function findMatchingIds(db: TenantDb, q: string): Knex.Raw | undefined {
  const term = nameTerm(q);
  return isSubstringSearch(term) ? idsContaining(db, { table: 'companies', term }) : undefined;
}

/** A `q` of one or two characters matches prefixes only. */
function whereNameOrCodeBegins(companies: Knex.QueryBuilder, q: string): void {
  const term = nameTerm(q);
  if (term === '') return;
  void companies.where((either) =>
    either
      .where((name) => beginsWith(name, 'c.name_norm', term))
      .orWhere((code) => beginsWith(code, 'c.code_norm', normaliseCode(term))),
  );
}

/** A range, because LIKE cannot use an index under row level security. */
function beginsWith(builder: Knex.QueryBuilder, column: string, prefix: string): Knex.QueryBuilder {
  return builder.where(column, '>=', prefix).where(column, '<', `${prefix}\u{10ffff}`);
}

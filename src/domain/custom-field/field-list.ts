import type { Knex } from 'knex';
import { aliasOf, type Columns } from '../../database/columns.ts';
import type { List, ListDeclaration } from '../../database/list.ts';
import type { Filters } from '../../database/parse-list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { findMatchingCompanyIds, searchedCompanies } from '../company/company-search.ts';
import { keySearch } from '../search/find-ids.ts';
import { parseSearch } from '../search/parse-search.ts';
import type { SearchKeys } from '../search/read-search.ts';
import { findCustomerIds, searchedUsers } from '../user/user-search.ts';
import type { CustomField } from './custom-field-queries.ts';
import type { FieldEntity } from './custom-field.ts';
import { fieldConditions, fieldFilters, fieldSearch, type FieldCondition } from './field-search.ts';
import { customOfUser } from './former-values.ts';

/** Of the parameters of filters and columns. */
export const FIELD_PREFIX = 'cf.';

type Declaration = ListDeclaration<never, TenantDb, Filters, never>;
type Search = Pick<Declaration, 'search' | 'searchIds' | 'joinsSearch'>;

/** The fields of the rows of a list: none if its rows cannot have fields. */
export function fieldsOfList(
  fields: readonly CustomField[],
  { entity }: Pick<Declaration, 'entity'>,
): CustomField[] {
  return fields.filter((field) => field.entity === entity);
}

/**
 * The list with the filters and search keys of the custom fields of its rows, of which `fields` may have others too. Its
 * rows have the column `custom` only with `withValues`.
 */
export function listWithFields<Row extends { id: string }, Given extends Filters, Within extends string>(
  list: List<Row, TenantDb, Given, Within>,
  fields: readonly CustomField[],
  { withValues = false } = {},
): List<Row, TenantDb, Given, Within> {
  const { entity, from, search, searchIds } = list.declaration;
  if (!entity) return list;
  const own = fieldsOfList(fields, { entity });
  const alias = aliasOf(from);
  const id = `${alias}.id`;
  return list.extend({
    filters: fieldFilters(own, id),
    filterPrefix: FIELD_PREFIX,
    ...(withValues && { columns: (db: TenantDb): Columns => ({ custom: customOf(db, entity, alias) }) }),
    ...((search ?? searchIds) && searchOf(entity, { search, searchIds }, own, id)),
  });
}

/** Whether `code:value` in the search of the list would not find the field, because the list has a key of the name. */
export function isSearchKey(entity: FieldEntity, code: string): boolean {
  const searched = { user: searchedUsers, company: searchedCompanies };
  return entity in searched && Object.hasOwn(searched[entity as keyof typeof searched].keys.named, code);
}

function customOf(db: TenantDb, entity: FieldEntity, alias: string): Knex.Raw<unknown> {
  return entity === 'user' ? customOfUser(db, alias) : db.raw('??', [`${alias}.custom`]);
}

function searchOf(
  entity: FieldEntity,
  { search, searchIds }: { [Name in 'search' | 'searchIds']: Search[Name] | undefined },
  fields: readonly CustomField[],
  id: string,
): Search {
  const conditions = fieldConditions(fields, id);
  const keysOf = (keys: SearchKeys) => ({ ...keys, other: (key: string) => conditions.get(key) });
  if (entity === 'user')
    return keySearch({ ...searchedUsers, keys: keysOf(searchedUsers.keys) }, findCustomerIds);
  if (entity === 'company')
    return keySearch({ ...searchedCompanies, keys: keysOf(searchedCompanies.keys) }, findMatchingCompanyIds);
  return {
    search: (rows, q, db) => {
      const found = conditionsOf(fields, q);
      for (const [n, condition] of found.entries()) condition(rows, db, { column: id, alias: `term_${n}` });
      if (found.length === 0) search?.(rows, q, db);
    },
    joinsSearch: (q) => conditionsOf(fields, q).length > 0,
    ...(searchIds && {
      searchIds: {
        ...searchIds,
        find: (db, q) => (conditionsOf(fields, q).length > 0 ? undefined : searchIds.find(db, q)),
      },
    }),
  };
}

/** Whether a list that searches by one text finds its rows by the codes of their fields instead. */
export function isSearchByCode(
  fields: readonly CustomField[],
  { entity }: Pick<Declaration, 'entity'>,
  q: string,
): boolean {
  return entity !== undefined && conditionsOf(fieldsOfList(fields, { entity }), q).length > 0;
}

/** Each is a join. PostgreSQL plans more of them for seconds. */
const MAX_TERMS = 8;

/** Of a list that searches by one text. None unless each term is a code with a value: `gate:north floor:2`. */
function conditionsOf(fields: readonly CustomField[], q: string): FieldCondition[] {
  const searches = fieldSearch(fields);
  const terms = parseSearch(q);
  const found = terms.flatMap(({ key, text, isNegated }) =>
    key === null || isNegated ? [] : (searches.get(key)?.(text) ?? []),
  );
  return found.length === terms.length && found.length <= MAX_TERMS ? found : [];
}

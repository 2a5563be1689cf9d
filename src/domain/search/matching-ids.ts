import type { Knex } from 'knex';
import { column, pick, selectRows } from '../../database/columns.ts';
import type { ListDb } from '../../database/list-filters.ts';
import { FIXED, MAX_SEARCH_RESULTS } from '../../database/paginate.ts';
import {
  areaPattern,
  idsContaining,
  idsInArea,
  type SearchedTable,
} from '../../database/substring-search.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseCode } from '../company/company.ts';
import { withFormerFolding } from '../text/former-folding.ts';
import { fold } from '../text/fold.ts';
import { personTerm, searchTerm } from '../text/search-text.ts';
import { escapePattern } from './conditions.ts';
import { MAX_CANDIDATES, type SearchCondition } from './read-search.ts';

/** Appended to a prefix, the upper bound of the strings that begin with it. */
const LAST_CHARACTER = '\u{10ffff}';

/** The ids of the newest rows that contain every word. */
export function idsOfText(db: TenantDb, table: SearchedTable, text: string): Knex.Raw {
  const term = table === 'users' ? personTerm(text) : searchTerm(text);
  return withFormerFolding(db, { table, q: text, term, found: idsContaining(db, { table, term }) });
}

export function beginsWith(rows: Knex.QueryBuilder, name: string, prefix: string): Knex.QueryBuilder {
  return rows.where(name, '>=', prefix).where(name, '<', prefix + LAST_CHARACTER);
}

/** The ids of companies whose name or code contains the words, and of those whose name or code begins with the text. */
export function companyIds(db: TenantDb, text: string): Knex.Raw {
  const byPrefix = (name: 'name_norm' | 'code_norm', prefix: string) =>
    selectRows(
      beginsWith(db.visible('companies as p'), `p.${name}`, prefix).limit(MAX_SEARCH_RESULTS),
      pick('companies as p', 'id'),
    );
  return db.raw('select id from (?) as contained union ? union ?', [
    idsOfText(db, 'companies', text),
    byPrefix('name_norm', fold(text)),
    byPrefix('code_norm', normaliseCode(text)),
  ]);
}

/** The ids of the members of companies. */
export function memberIds(
  db: TenantDb,
  companies: Knex.Raw | Knex.QueryBuilder,
  limit = MAX_CANDIDATES,
): Knex.QueryBuilder {
  const members = db
    .visible('memberships as m')
    .whereRaw('m.company_id = any(array(select id from (?) as company))', [companies])
    .limit(limit);
  return selectRows(members, { id: column('memberships as m', 'user_id') }) as Knex.QueryBuilder;
}

/** The ids of the companies that have members. */
export function companyIdsOf(db: TenantDb, users: Knex.Raw | Knex.QueryBuilder): Knex.QueryBuilder {
  const companies = db
    .visible('memberships as m')
    .whereRaw('m.user_id = any(array(select id from (?) as member))', [users])
    .limit(MAX_CANDIDATES);
  return selectRows(companies, { id: column('memberships as m', 'company_id') }) as Knex.QueryBuilder;
}

/** The text is a part of the address, such as the city or the postcode. */
export function areaCondition(table: SearchedTable, column: string, text: string): SearchCondition {
  return {
    ids: (db) => idsInArea(db, table, fold(text)),
    reach: 'words',
    where: (db) => db.raw(`' ' || ?? like ?`, [column, areaPattern(fold(text))]),
  };
}

/** An array with the ids of the sites whose name has a word that begins with the text. */
export function siteIds(db: TenantDb, text: string): Knex.Raw {
  const sites = db
    .visible('sites as t')
    .whereRaw(`' ' || t.name_norm like ?`, [`% ${escapePattern(fold(text))}%`])
    .limit(MAX_CANDIDATES);
  return db.raw('array(?)', [selectRows(sites, pick('sites as t', 'id'))]);
}

/** The ids of the companies that rent a unit of the sites, of which `sites` is an array. */
export function companyIdsAt(db: ListDb, sites: Knex.Raw): Knex.Raw {
  return db.raw('select company_id as id from ? as active where company_id is not null', [
    rentersAt(db, sites),
  ]);
}

/** The ids of the people who rent a unit of the sites, as in `users.is_renting`. `sites` is an array. */
export function userIdsAt(db: ListDb, sites: Knex.Raw): Knex.Raw {
  const members = db
    .visible('memberships as m')
    .whereRaw('m.company_id = any(array(select company_id from active))');
  return db.raw(
    `with active as materialized ? select user_id as id from active where user_id is not null
     union select occupant_user_id from active where occupant_user_id is not null union ?`,
    [rentersAt(db, sites), selectRows(members, { id: column('memberships as m', 'user_id') })],
  );
}

/** Never reached: makes the planner read the rentals of one unit after the other instead of joining all of them. */
const MAX_RENTALS_OF_UNIT = 100;

function rentersAt(db: ListDb, sites: Knex.Raw): Knex.Raw {
  const rentals = db
    .visible('rentals as r')
    .join('billing_accounts as b', { 'b.tenant_id': 'r.tenant_id', 'b.id': 'r.billing_account_id' })
    .where('r.status', 'active')
    .whereRaw('r.unit_id = n.id')
    .limit(MAX_RENTALS_OF_UNIT, FIXED);
  const renters = selectRows(rentals, {
    ...pick('billing_accounts as b', 'user_id', 'company_id'),
    ...pick('rentals as r', 'occupant_user_id'),
  });
  const units = db
    .visible('units as n')
    .crossJoin(db.raw('lateral ? as renter', [renters]))
    .whereRaw('n.site_id = any(?)', [sites]);
  return db.raw('?', [units.select(db.raw('renter.*'))]);
}

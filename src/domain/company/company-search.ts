import type { Knex } from 'knex';
import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { labelCondition } from '../label/row-labels.ts';
import {
  digitsOf,
  escapePattern,
  hasPhrase,
  hasWords,
  nameHasWords,
  phoneHasDigits,
  stateCondition,
} from '../search/conditions.ts';
import type { SearchedRows } from '../search/find-ids.ts';
import {
  areaCondition,
  beginsWith,
  companyIds,
  companyIdsAt,
  companyIdsOf,
  idsOfText,
  siteIds,
} from '../search/matching-ids.ts';
import { MAX_CANDIDATES, type SearchCondition } from '../search/read-search.ts';
import { fold } from '../text/fold.ts';
import { searchTerm } from '../text/search-text.ts';
import { companyStatuses, normaliseCode } from './company.ts';

export function findMatchingCompanyIds(db: TenantDb, q: string): Knex.Raw | undefined {
  return searchTerm(q) === '' ? undefined : idsOfText(db, 'companies', q);
}

const searchText = { table: 'companies', column: 'c.search_text' } as const;

export const searchedCompanies: SearchedRows = {
  table: 'companies as c',
  keys: {
    named: {
      name: nameCondition,
      company: nameCondition,
      companyname: nameCondition,
      code: (text) => prefixCondition('code_norm', normaliseCode(text)),
      address: (text) => prefixCondition('address_norm', fold(text)),
      area: (text) => areaCondition('companies', 'c.address_norm', text),
      site: (text) => ({
        ids: (db) =>
          db.raw('select id from (?) as renter limit ?', [
            companyIdsAt(db, siteIds(db, text)),
            MAX_CANDIDATES,
          ]),
        reach: 'narrow',
        where: (db) =>
          db.raw('c.id = any(array(select id from (?) as renter))', [companyIdsAt(db, siteIds(db, text))]),
      }),
      email: emailCondition,
      mailto: emailCondition,
      phone: phoneCondition,
      tel: phoneCondition,
      label: (text) => labelCondition('company', 'c.id', text),
      status: (text) => stateCondition('c.status', companyStatuses, text),
    },
    words: (text, isPhrase) => ({
      ids: (db) => idsOfText(db, 'companies', text),
      reach: 'words',
      where: (db) => (isPhrase ? hasPhrase : hasWords)(db, searchText, text),
    }),
  },
};

/** By words of the name. */
function nameCondition(text: string): SearchCondition {
  return {
    ids: (db) => companyIds(db, text),
    reach: 'words',
    where: (db) => nameHasWords(db, 'c.name_norm', text),
  };
}

function prefixCondition(name: 'code_norm' | 'address_norm', prefix: string): SearchCondition {
  return {
    ids: (db) => {
      const companies = beginsWith(db.visible('companies as p'), `p.${name}`, prefix).limit(MAX_CANDIDATES);
      return selectRows(companies, pick('companies as p', 'id')) as Knex.QueryBuilder;
    },
    reach: 'narrow',
    where: (db) => db.raw('starts_with(??, ?)', [`c.${name}`, prefix]),
  };
}

function emailCondition(text: string): SearchCondition {
  const address = text.normalize('NFKC').toLowerCase();
  return memberCondition(text, (db) => db.raw('v.email_norm like ?', [`%${escapePattern(address)}%`]));
}

function phoneCondition(text: string): SearchCondition | undefined {
  if (digitsOf(text).length < 3) return undefined;
  return memberCondition(text, (db) => phoneHasDigits(db, 'v.phone', text));
}

/** Companies with a member whom the condition finds among the users that contain the text. */
function memberCondition(text: string, where: (db: TenantDb) => Knex.Raw): SearchCondition {
  const ids = (db: TenantDb) => {
    const users = db
      .visible('users as v')
      .where('v.audience', 'customer')
      .whereRaw('v.id = any(array(select id from (?) as contained))', [idsOfText(db, 'users', text)])
      .whereRaw('?', [where(db)]);
    return companyIdsOf(db, selectRows(users, pick('users as v', 'id')) as Knex.QueryBuilder);
  };
  return {
    ids,
    reach: 'narrow',
    where: (db) => db.raw('c.id = any(array(select id from (?) as found_by_member))', [ids(db)]),
  };
}

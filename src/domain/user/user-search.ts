import type { Knex } from 'knex';
import { column, pick, selectRows } from '../../database/columns.ts';
import type { ListDb } from '../../database/list-filters.ts';
import { MAX_SEARCH_RESULTS } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseCode } from '../company/company.ts';
import { labelCondition } from '../label/row-labels.ts';
import {
  digitsOf,
  escapePattern,
  hasPhrase,
  hasWords,
  nameHasWords,
  phoneHasDigits,
  stateCondition,
  stateOf,
} from '../search/conditions.ts';
import type { SearchedRows } from '../search/find-ids.ts';
import {
  areaCondition,
  beginsWith,
  companyIds,
  idsOfText,
  memberIds,
  siteIds,
  userIdsAt,
} from '../search/matching-ids.ts';
import { MAX_CANDIDATES, type SearchCondition } from '../search/read-search.ts';
import { fold } from '../text/fold.ts';
import { personTerm, searchTerm } from '../text/search-text.ts';

/** Returns the ids of customers and staff. */
export function findMatchingUserIds(db: TenantDb, q: string): Knex.Raw | undefined {
  return personTerm(q) === '' ? undefined : idsOfText(db, 'users', q);
}

/** Returns the ids of customers, also by the names and codes of their companies. */
export function findCustomerIds(db: TenantDb, q: string): Knex.Raw | undefined {
  return personTerm(q) === '' ? undefined : idsOfWords(db, q);
}

export const accessStates = [
  'no_access',
  'invited',
  'opened',
  'expired',
  'bounced',
  'active',
  'revoked',
] as const;
const statuses = ['enabled', 'disabled'] as const;

const searchText = { table: 'users', column: 'u.search_text' } as const;

export const searchedUsers: SearchedRows = {
  table: 'users as u',
  fixed: { 'u.audience': 'customer' },
  keys: {
    named: {
      name: (text) => ({
        ids: (db) => withPrefix(db, 'name_norm', fold(text), text),
        reach: 'words',
        where: (db) => nameHasWords(db, 'u.name_norm', text),
      }),
      email: emailCondition,
      mailto: emailCondition,
      phone: phoneCondition('u.phone'),
      tel: phoneCondition('u.phone'),
      phone2: phoneCondition('u.phone2'),
      referral: referralCondition,
      company: companyCondition,
      companyname: companyCondition,
      code: (text) => membersOf((db) => codesThatBegin(db, text)),
      address: (text) => ({
        ids: (db) => prefixIds(db, 'address_norm', fold(text)),
        reach: 'narrow',
        where: (db) => db.raw('starts_with(u.address_norm, ?)', [fold(text)]),
      }),
      area: (text) => areaCondition('users', 'u.address_norm', text),
      site: (text) => ({
        ids: (db) =>
          db.raw('select id from (?) as renter limit ?', [userIdsAt(db, siteIds(db, text)), MAX_CANDIDATES]),
        reach: 'narrow',
        where: (db) =>
          db.raw('u.id = any(array(select id from (?) as renter))', [userIdsAt(db, siteIds(db, text))]),
      }),
      role: roleCondition,
      label: (text) => labelCondition('user', 'u.id', text),
      access: (text) => {
        const access = accessStates.find((state) => state === stateOf(text));
        if (access === undefined) return undefined;
        const isStored = access !== 'expired' && access !== 'invited' && access !== 'opened';
        return {
          where: (db) => accessIs(db, access),
          ...(isStored && { whereNot: (db) => db.raw('u.access <> ?', [access]) }),
        };
      },
      status: (text) => stateCondition('u.status', statuses, text),
    },
    words: (text, isPhrase) => ({
      ids: (db) => (isPhrase ? idsOfText(db, 'users', text) : idsOfWords(db, text)),
      reach: 'words',
      where: (db) => (isPhrase ? hasPhrase(db, searchText, text) : haveWords(db, text)),
    }),
  },
};

// As in the index users_access_expiry, so that users whose access has expired are not read from the table.
const EXPIRES_AT = "case when u.access_expires_at is null then 'infinity' else u.access_expires_at end";

export function accessIs(db: ListDb, access: (typeof accessStates)[number]): Knex.Raw {
  if (access === 'expired') return db.raw(`u.access in ('invited', 'opened') and ${EXPIRES_AT} < ${db.now}`);
  const isOpen = access === 'invited' || access === 'opened' ? ` and ${EXPIRES_AT} >= ${db.now}` : '';
  return db.raw(`u.access = ?${isOpen}`, [access]);
}

/** The ids of the newest customers who have each word, or whose company has it. */
function idsOfWords(db: TenantDb, text: string): Knex.Raw {
  const isPhone = personTerm(text) !== searchTerm(text);
  if (isPhone) return idsOfText(db, 'users', text);
  const words = wordsOf(text);
  const named = [text, ...(words.length > 1 && words.length <= MAX_COMPANY_WORDS ? words : [])];
  const companies = db.raw(
    named.map(() => 'select id from (?) as named').join(' union '),
    named.map((each) => idsOfText(db, 'companies', each)),
  );
  const members = db
    .visible('users as u')
    .whereRaw('u.id = any(array(select id from (?) as member))', [memberIds(db, companies, MAX_MEMBERS)]);
  if (words.length > 1) void members.whereRaw('?', [haveWords(db, text)]);
  return db.raw(
    'select id from (select id from (?) as contained union ?) as found order by id desc limit ?',
    [idsOfText(db, 'users', text), selectRows(members, pick('users as u', 'id')), MAX_SEARCH_RESULTS],
  );
}

/** Of companies, each of whom is compared with the words. */
const MAX_MEMBERS = 1_000;

/** With more words, each of them is a search of its own for companies. */
const MAX_COMPANY_WORDS = 3;

function wordsOf(text: string): string[] {
  return searchTerm(text).split(' ');
}

/** Each word is in the text of the user or of one of their companies. */
function haveWords(db: TenantDb, text: string): Knex.Raw {
  const each = wordsOf(text).map((word) => {
    const companies = db
      .visible('memberships as w')
      .join('companies as c', { 'c.tenant_id': 'w.tenant_id', 'c.id': 'w.company_id' })
      .whereRaw('w.user_id = u.id')
      .whereRaw('?', [hasWords(db, { table: 'companies', column: 'c.search_text' }, word)]);
    return db.raw('(? or exists ?)', [
      hasWords(db, searchText, word),
      selectRows(companies, pick('memberships as w', 'user_id')),
    ]);
  });
  return db.raw(`((?) or (${each.map(() => '?').join(' and ')}))`, [hasWords(db, searchText, text), ...each]);
}

function emailCondition(text: string): SearchCondition {
  const address = text.normalize('NFKC').toLowerCase();
  return {
    ids: (db) => withPrefix(db, 'email_norm', address, text),
    reach: 'words',
    where: (db) => db.raw('u.email_norm like ?', [`%${escapePattern(address)}%`]),
  };
}

function phoneCondition(column: 'u.phone' | 'u.phone2') {
  return (text: string): SearchCondition | undefined =>
    digitsOf(text).length < 3
      ? undefined
      : {
          ids: (db) => idsOfText(db, 'users', text),
          reach: 'words',
          where: (db) => phoneHasDigits(db, column, text),
        };
}

/** By the beginning of the code. */
function referralCondition(text: string): SearchCondition {
  const code = text.normalize('NFKC').trim().toUpperCase();
  return {
    ids: (db) => prefixIds(db, 'referral_code', code),
    reach: 'narrow',
    where: (db) => db.raw('starts_with(u.referral_code, ?)', [code]),
  };
}

function companyCondition(text: string): SearchCondition {
  return membersOf((db) => companyIds(db, text));
}

function membersOf(ids: (db: TenantDb) => Knex.Raw | Knex.QueryBuilder): SearchCondition {
  return {
    ids: (db) => memberIds(db, ids(db)),
    reach: 'narrow',
    where: (db) => {
      const memberships = db.visible('memberships as w').whereRaw('w.user_id = u.id');
      void memberships.whereRaw('w.company_id = any(array(select id from (?) as named))', [ids(db)]);
      return db.raw('exists ?', [selectRows(memberships, pick('memberships as w', 'user_id'))]);
    },
  };
}

function codesThatBegin(db: TenantDb, text: string): Knex.QueryBuilder {
  const companies = beginsWith(db.visible('companies as p'), 'p.code_norm', normaliseCode(text));
  return selectRows(companies.limit(MAX_CANDIDATES), pick('companies as p', 'id')) as Knex.QueryBuilder;
}

/** By the name of the role, or its code, in any company. */
function roleCondition(text: string): SearchCondition {
  const holders = (db: TenantDb) =>
    db.from('role_assignments as h').whereRaw(
      `h.role_id = any(array(select o.id from roles o
         where o.tenant_id = ? and o.audience = 'customer' and (lower(o.name) = ? or o.code = ?)))`,
      [db.tenantId, text.toLowerCase(), stateOf(text)],
    );
  return {
    ids: (db) =>
      selectRows(holders(db).limit(MAX_CANDIDATES), {
        id: column('role_assignments as h', 'user_id'),
      }) as Knex.QueryBuilder,
    reach: 'broad',
    where: (db) =>
      db.raw('exists ?', [
        selectRows(holders(db).whereRaw('h.user_id = u.id'), pick('role_assignments as h', 'id')),
      ]),
  };
}

/** Those that begin with the prefix, and the newest that contain the words. */
function withPrefix(db: TenantDb, name: 'name_norm' | 'email_norm', prefix: string, text: string): Knex.Raw {
  return db.raw('select id from (?) as contained union ?', [
    idsOfText(db, 'users', text),
    prefixIds(db, name, prefix),
  ]);
}

function prefixIds(
  db: TenantDb,
  name: 'name_norm' | 'email_norm' | 'address_norm' | 'referral_code',
  prefix: string,
): Knex.QueryBuilder {
  const users = beginsWith(db.visible('users as p').where('p.audience', 'customer'), `p.${name}`, prefix);
  const limit = name === 'address_norm' ? MAX_CANDIDATES : MAX_SEARCH_RESULTS;
  return selectRows(users.limit(limit), pick('users as p', 'id')) as Knex.QueryBuilder;
}

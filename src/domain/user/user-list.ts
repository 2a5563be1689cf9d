import type { Knex } from 'knex';
import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import { createdRange, id, ids, manyOf, oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { FIXED } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { MAX_EXPORTED_COMPANIES, type DescribedMembership } from '../membership/membership-texts.ts';
import { labelFilter, labelsOf } from '../label/row-labels.ts';
import { keySearch } from '../search/find-ids.ts';
import { userIdsAt } from '../search/matching-ids.ts';
import { accessIs, accessStates, findCustomerIds, searchedUsers } from './user-search.ts';
import { accessColumns } from './user.ts';

const columns = (db: TenantDb) => ({
  ...pick('users as u', 'id', 'name', 'name_norm', 'email', 'email_order', 'email_verified_at', 'status'),
  ...accessColumns(db, 'users as u'),
  ...pick('users as u', 'phone', 'last_login_at', 'created_at'),
  ...pick('users as u', 'first_name', 'last_name', 'phone2', 'address', 'locale', 'referral_code'),
  ...pick('users as u', 'alternate_name', 'alternate_phone', 'alternate_email', 'alternate_relation'),
  companies: firstCompanies(db),
  labels: labelsOf(db, 'user', 'u.id'),
});

export type ListedUser = RowOf<ReturnType<typeof columns>>;

const accessFilter = manyOf(accessStates, (users, access, { db, filters }) => {
  // Otherwise the planner expects many active users in the view and reads all others.
  if (access === 'active' && filters['view'] === 'not-activated') void users.whereRaw('false');
  void users.whereRaw('?', [accessIs(db, access)]);
});

const viewFilter = oneOf(['not-activated', 'not-verified', 'disabled'], (users, view) => {
  if (view === 'not-activated') void users.whereNot('u.access', 'active');
  else if (view === 'not-verified') void users.whereNull('u.email_verified_at').whereNotNull('u.email');
  else void users.where('u.status', 'disabled');
});

const emailFilter = oneOf(['with', 'without'], (users, email) => {
  if (email === 'with') void users.whereNotNull('u.email');
  else void users.whereNull('u.email');
});

/** Inactive people may log in but rent nothing. */
const statusFilter = oneOf(['active', 'inactive', 'enabled', 'disabled'], (users, status) => {
  if (status === 'active') void users.whereRaw(`u.is_renting and u.status = 'enabled'`);
  else if (status === 'inactive') void users.whereRaw(`not u.is_renting and u.status = 'enabled'`);
  else void users.where('u.status', status);
});

export const userList = list({
  from: 'users as u',
  where: { 'u.audience': 'customer' },
  columns,
  orders: {
    // Ids are ordered by creation time.
    created: { columns: ['u.id'], fields: ['id'] },
    name: { columns: ['u.name_norm', 'u.id'], fields: ['name_norm', 'id'] },
    email: { columns: ['u.email_order', 'u.id'], fields: ['email_order', 'id'] },
  },
  defaultSort: '-created',
  filters: {
    view: viewFilter,
    status: statusFilter,
    access: accessFilter,
    created: createdRange('u.id'),
    /** The ids of roles of which they have one in a company. */
    role: ids((users, roles, { db }) => {
      const assigned = db.visible('role_assignments as assigned').whereRaw('assigned.user_id = u.id');
      void users.whereExists(assigned.whereIn('assigned.role_id', roles));
    }),
    /** The ids of sites at one of which they rent. */
    site: ids((users, sites, { db }) => {
      const chosen = db.raw('?::uuid[]', [[...sites]]);
      void users.whereRaw('u.id = any(array(select id from (?) as renter))', [userIdsAt(db, chosen)]);
    }),
    label: labelFilter('user', 'u.id'),
    email: emailFilter,
    /** The id of an import that created them. */
    import: id((users, importId, { db }) => {
      const rows = db.visible('import_rows as imported').whereRaw('imported.target_id = u.id');
      void users.whereExists(rows.where({ 'imported.import_id': importId, 'imported.result': 'created' }));
    }),
    company: id((users, company, { db }) => {
      const memberships = db.visible('memberships as member').whereRaw('member.user_id = u.id');
      void users.whereExists(memberships.where('member.company_id', company));
    }),
  },
  entity: 'user',
  ...keySearch(searchedUsers, findCustomerIds),
});

export type UserQuery = ReturnType<typeof userList.parse>['query'];

interface ListedCompany extends DescribedMembership {
  id: string;
}

function firstCompanies(db: TenantDb): Knex.Raw<ListedCompany[]> {
  const companies = db
    .visible('memberships as m')
    .join('companies as c', { 'c.tenant_id': 'm.tenant_id', 'c.id': 'm.company_id' })
    .whereRaw('m.user_id = u.id')
    .orderBy(['c.name_norm', 'c.id'])
    .limit(MAX_EXPORTED_COMPANIES, FIXED);
  return db.raw("(select coalesce(json_agg(listed), '[]') from ? as listed)", [
    selectRows(companies, {
      ...pick('companies as c', 'id', 'code', 'name'),
      roles: db.raw<string[]>(ROLES_OF_MEMBER, [db.tenantId, db.tenantId]),
    }),
  ]);
}

const ROLES_OF_MEMBER = `array(select r.name from role_assignments a
  join roles r on r.tenant_id = ? and r.id = a.role_id
  where a.tenant_id = ? and a.company_id = m.company_id and a.user_id = m.user_id
  order by r.position, r.name, r.id)`;

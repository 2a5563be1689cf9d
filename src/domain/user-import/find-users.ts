import { column, pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { CompanyRef } from '../company/company-queries.ts';
import type { CompanyStatus } from '../company/company.ts';
import { groupBy } from '../../group-by.ts';
import { customOfUser } from '../custom-field/former-values.ts';

interface StoredMembership {
  company_id: string;
  code: string;
  name: string;
  role_ids: string[];
}

/** In the order of an export. */
const MEMBERSHIPS = `(select coalesce(json_agg(json_build_object('company_id', c.id, 'code', c.code,
    'name', c.name, 'role_ids', array(select a.role_id from role_assignments a
      where a.tenant_id = m.tenant_id and a.company_id = m.company_id and a.user_id = m.user_id))
    order by c.name_norm, c.id), '[]')
  from memberships m join companies c on c.tenant_id = m.tenant_id and c.id = m.company_id
  where m.tenant_id = ? and m.user_id = u.id)`;

const LABEL_IDS = `array(select w.label_id from user_labels w where w.tenant_id = ? and w.user_id = u.id)`;

const columns = (
  db: TenantDb,
  { withMemberships, withLabels }: Pick<Wanted, 'withMemberships' | 'withLabels'>,
) => ({
  ...pick('users as u', 'id', 'audience', 'email', 'email_norm', 'name', 'name_norm'),
  ...pick('users as u', 'first_name', 'last_name', 'phone'),
  ...pick('users as u', 'phone2', 'address', 'locale', 'version', 'access'),
  has_password: db.raw<boolean>('u.password_hash is not null'),
  custom: customOfUser(db, 'u'),
  memberships: withMemberships
    ? db.raw<StoredMembership[]>(MEMBERSHIPS, [db.tenantId])
    : db.raw<StoredMembership[]>(`'[]'::json`),
  label_ids: withLabels ? db.raw<string[]>(LABEL_IDS, [db.tenantId]) : db.raw<string[]>(`'{}'::uuid[]`),
});

export type StoredUser = RowOf<ReturnType<typeof columns>>;

export interface FoundUsers {
  byId: ReadonlyMap<string, StoredUser>;
  byEmail: ReadonlyMap<string, StoredUser>;
  byName: ReadonlyMap<string, readonly StoredUser[]>;
  staffEmails: ReadonlySet<string>;
}

interface Wanted {
  ids: readonly string[];
  emails: readonly string[];
  /** As in `name_norm`. */
  names: readonly string[];
  withMemberships: boolean;
  withLabels: boolean;
  lock: boolean;
}

/** Customers by id, address or name, and the addresses of staff among them. */
export async function findUsers(
  db: TenantDb,
  { ids, emails, names, lock, ...wanted }: Wanted,
): Promise<FoundUsers> {
  const find = (column: string, type: string, values: readonly string[]) => {
    const users = db
      .visible('users as u')
      .whereRaw(`u.audience in ('customer', 'staff') and u.${column} = any(?::${type}[])`, [[...values]])
      .orderBy('u.id');
    return selectRows(lock ? users.forUpdate('u') : users, columns(db, wanted));
  };
  const found = [
    ...(ids.length > 0 ? await find('id', 'uuid', ids) : []),
    ...(emails.length > 0 ? await find('email_norm', 'text', emails) : []),
  ];
  const named = names.length > 0 ? await find('name_norm', 'text', names) : [];
  const customers = found.filter(({ audience }) => audience === 'customer');
  const staff = found.filter(({ audience }) => audience === 'staff');
  return {
    byId: new Map(customers.map((user) => [user.id, user])),
    byEmail: new Map(
      customers.flatMap((user) => (user.email_norm === null ? [] : [[user.email_norm, user]])),
    ),
    byName: groupBy(
      named.filter(({ audience }) => audience === 'customer'),
      ({ name_norm }) => name_norm,
    ),
    staffEmails: new Set(staff.flatMap(({ email_norm }) => email_norm ?? [])),
  };
}

export interface FoundCompany extends CompanyRef {
  status: CompanyStatus;
}

type Found = { text: string; values: readonly string[]; lock: boolean };

/** Their status does not change until the commit if they are locked. */
function selectCompanies(db: TenantDb, { text, values, lock }: Found) {
  const companies = db
    .visible('companies as c')
    .whereRaw(text, [[...new Set(values)]])
    .orderBy('c.id');
  return selectRows(lock ? companies.forShare('c') : companies, {
    ...pick('companies as c', 'id', 'code', 'name', 'code_norm', 'name_norm'),
    status: column('companies as c', 'status'),
  });
}

/** By normalised code. */
export async function findCompanies(
  db: TenantDb,
  values: readonly string[],
  lock: boolean,
): Promise<Map<string, FoundCompany>> {
  if (values.length === 0) return new Map();
  const rows = await selectCompanies(db, { text: 'c.code_norm = any(?::text[])', values, lock });
  return new Map(rows.map((company) => [company.code_norm, company]));
}

/** By normalised name; of several with one name, each. */
export async function findCompaniesByName(
  db: TenantDb,
  values: readonly string[],
  lock: boolean,
): Promise<Map<string, FoundCompany[]>> {
  if (values.length === 0) return new Map();
  const rows = await selectCompanies(db, { text: 'c.name_norm = any(?::text[])', values, lock });
  return groupBy(rows, ({ name_norm }) => name_norm);
}

/** By id. */
export async function findCompaniesById(
  db: TenantDb,
  values: readonly string[],
  lock: boolean,
): Promise<Map<string, FoundCompany>> {
  if (values.length === 0) return new Map();
  const rows = await selectCompanies(db, { text: 'c.id = any(?::uuid[])', values, lock });
  return new Map(rows.map((company) => [company.id, company]));
}

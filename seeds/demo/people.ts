import { newId } from '../../src/database/new-id.ts';
import { addDays, earliestLogin, type Calendar } from './calendar.ts';
import { demoLogins } from './logins.ts';
import { listNames, type DemoName } from './names.ts';
import type { Random } from './random.ts';
import type { DemoTenant } from './tenants.ts';

export type DemoState =
  | 'no_access'
  | 'invited'
  | 'opened'
  | 'expired'
  | 'bounced'
  | 'active'
  | 'revoked'
  | 'disabled'
  | 'not_verified';

export interface DemoPerson {
  id: string;
  audience: 'customer' | 'staff';
  state: DemoState;
  email: string;
  first_name: string | null;
  last_name: string | null;
  phone: string | null;
  phone2: string | null;
  locale: string | null;
  created_at: Date;
  last_activity_at: Date;
  is_private_customer: boolean;
  /** Role codes by company name. The key is '' for staff. */
  roles: Record<string, readonly string[]>;
}

const STATES = {
  active: 48,
  no_access: 11,
  invited: 11,
  opened: 5,
  expired: 8,
  bounced: 4,
  revoked: 3,
  disabled: 4,
  not_verified: 6,
} satisfies Record<DemoState, number>;

const ROLES = ['company_admin', 'accounts_payable', 'view_only', 'unit_manager'] as const;
const DOMAINS = ['example.com', 'example.net', 'example.org', 'mail.example', 'post.example'];

export function createPeople(tenant: DemoTenant, random: Random, calendar: Calendar): DemoPerson[] {
  const names = random.shuffled(listNames(tenant.script));
  const others = random.shuffled(listNames(tenant.script === 'latin' ? 'arabic' : 'latin'));
  const nextName = () => (random.chance(0.88) ? names.pop() : others.pop()) ?? others.pop()!;
  const people = createPeopleWithLogins(tenant, calendar);
  for (const role of ['operations', 'driver', 'driver', 'admin'])
    people.push(createStaffMember(tenant, nextName(), role, random, calendar));
  for (let n = 0; n < tenant.customers; n += 1)
    people.push(createCustomer(tenant, nextName(), n, random, calendar));
  return withUniqueEmails(people);
}

function createPeopleWithLogins(tenant: DemoTenant, calendar: Calendar): DemoPerson[] {
  return demoLogins
    .filter((login) => login.tenant === tenant.slug)
    .map(({ portal, email, first_name, last_name, role, companies = {}, is_private_customer = false }, n) => {
      const created_at = addDays(calendar.tenantCreatedAt, n);
      return {
        id: newId(created_at.getTime()),
        audience: portal === 'operations' ? 'staff' : 'customer',
        state: 'active',
        email,
        first_name,
        last_name,
        phone: `${tenant.phonePrefix}${101 + n}`,
        phone2: null,
        locale: null,
        created_at,
        last_activity_at: addDays(calendar.now, -0.05 * (n + 1)),
        is_private_customer,
        roles: role
          ? { '': [role] }
          : Object.fromEntries(Object.entries(companies).map(([name, code]) => [name, [code]])),
      };
    });
}

function createStaffMember(
  tenant: DemoTenant,
  name: DemoName,
  role: string,
  random: Random,
  calendar: Calendar,
): DemoPerson {
  const created_at = random.between(calendar.tenantCreatedAt, calendar.recentSince);
  const { email_name, ...named } = name;
  return {
    ...named,
    id: newId(created_at.getTime()),
    audience: 'staff',
    state: role === 'admin' ? 'disabled' : role === 'operations' ? 'invited' : 'active',
    email: `${email_name}@${tenant.slug}.example`,
    phone: null,
    phone2: null,
    locale: null,
    created_at,
    last_activity_at: random.between(earliestLogin(created_at, calendar), calendar.now),
    is_private_customer: false,
    roles: { '': [role] },
  };
}

function withUniqueEmails(people: DemoPerson[]): DemoPerson[] {
  const taken = new Set<string>();
  return people.map((person) => {
    const key = `${person.audience} ${person.email}`;
    const email = taken.has(key) ? person.email.replace('@', `${taken.size}@`) : person.email;
    taken.add(`${person.audience} ${email}`);
    return { ...person, email };
  });
}

function createCustomer(
  tenant: DemoTenant,
  name: DemoName,
  n: number,
  random: Random,
  calendar: Calendar,
): DemoPerson {
  const state = random.weighted(STATES);
  const isRecent = random.chance(0.3) || state === 'invited' || state === 'opened';
  const created_at = random.between(
    isRecent ? calendar.recentSince : calendar.tenantCreatedAt,
    addDays(calendar.now, -0.05),
  );
  const { email_name, ...named } = name;
  const isNameless = state !== 'active' && random.chance(0.25);
  const customer: Omit<DemoPerson, 'is_private_customer'> = {
    ...(isNameless ? { first_name: null, last_name: null } : named),
    id: newId(created_at.getTime()),
    audience: 'customer',
    state,
    email: `${email_name}@${random.pick(DOMAINS)}`,
    phone: random.chance(0.6) ? `${tenant.phonePrefix}${200 + n}` : null,
    phone2: n % 7 === 0 ? `${tenant.phonePrefix}${500 + n}` : null,
    locale: random.chance(0.08) ? (tenant.locale === 'ar' ? 'en' : 'ar') : null,
    created_at,
    last_activity_at: random.between(earliestLogin(created_at, calendar), calendar.now),
    roles: randomRoles(tenant, n, random),
  };
  return { ...customer, is_private_customer: Object.keys(customer.roles).length === 0 };
}

/** Each of the first customers is the admin of one company, so that every company has one. */
function randomRoles(tenant: DemoTenant, n: number, random: Random): DemoPerson['roles'] {
  const { companies, percentWithoutCompany } = tenant;
  const ownCompany = companies[n];
  if (ownCompany) return { [ownCompany]: ['company_admin'] };
  if (random.chance(percentWithoutCompany / 100)) return {};
  const roles = () => (random.chance(0.2) ? ['accounts_payable', 'unit_manager'] : [random.pick(ROLES)]);
  const company = random.pick(companies);
  return random.chance(0.09)
    ? { [company]: roles(), [random.pick(companies)]: roles() }
    : { [company]: roles() };
}

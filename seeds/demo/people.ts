import { newId } from '../../src/database/new-id.ts';
import { later, settledSince, type Calendar } from './calendar.ts';
import { customer } from './customers.ts';
import { demoLogins } from './logins.ts';
import { namesOf, type DemoName } from './names.ts';
import type { Random } from './random.ts';
import type { DemoTenant } from './tenants.ts';

/** How far somebody is; one for each badge that lists can show. */
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
  locale: string | null;
  created_at: Date;
  /** When the last thing happened to them. */
  touched_at: Date;
  /** Role codes by company name; for staff under ''. */
  roles: Record<string, readonly string[]>;
}

/** Everybody of a tenant: those with a known password first, then staff, then customers. */
export function peopleOf(tenant: DemoTenant, random: Random, calendar: Calendar): DemoPerson[] {
  const names = random.shuffled(namesOf(tenant.script));
  const others = random.shuffled(namesOf(tenant.script === 'latin' ? 'arabic' : 'latin'));
  const nextName = () => (random.chance(0.88) ? names.pop() : others.pop()) ?? others.pop()!;
  const people = knownPeople(tenant, calendar);
  for (const role of ['operations', 'driver', 'driver', 'admin'])
    people.push(staffMember(tenant, nextName(), role, random, calendar));
  for (let n = 0; n < tenant.customers; n += 1)
    people.push(customer(tenant, nextName(), n, random, calendar));
  return distinct(people);
}

function knownPeople(tenant: DemoTenant, calendar: Calendar): DemoPerson[] {
  return demoLogins
    .filter((login) => login.tenant === tenant.slug)
    .map(({ portal, email, first_name, last_name, role, companies = [] }, n) => {
      const created_at = later(calendar.opened, n);
      return {
        id: newId(created_at.getTime()),
        audience: portal === 'operations' ? 'staff' : 'customer',
        state: 'active',
        email,
        first_name,
        last_name,
        phone: `${tenant.phone}${101 + n}`,
        locale: null,
        created_at,
        touched_at: later(calendar.now, -0.05 * (n + 1)),
        roles:
          portal === 'operations'
            ? { '': [role] }
            : Object.fromEntries(companies.map((name) => [name, [role]])),
      };
    });
}

function staffMember(
  tenant: DemoTenant,
  name: DemoName,
  role: string,
  random: Random,
  calendar: Calendar,
): DemoPerson {
  const created_at = random.between(calendar.opened, calendar.recent);
  const { spelled, ...named } = name;
  return {
    ...named,
    id: newId(created_at.getTime()),
    audience: 'staff',
    state: role === 'admin' ? 'disabled' : role === 'operations' ? 'invited' : 'active',
    email: `${spelled}@${tenant.slug}.example`,
    phone: null,
    locale: null,
    created_at,
    touched_at: random.between(settledSince(created_at, calendar), calendar.now),
    roles: { '': [role] },
  };
}

/** Two people of one name have different addresses. */
function distinct(people: DemoPerson[]): DemoPerson[] {
  const taken = new Set<string>();
  return people.map((person) => {
    const key = `${person.audience} ${person.email}`;
    const email = taken.has(key) ? person.email.replace('@', `${taken.size}@`) : person.email;
    taken.add(`${person.audience} ${email}`);
    return { ...person, email };
  });
}

import { newId } from '../../src/database/new-id.ts';
import { later, settledSince, type Calendar } from './calendar.ts';
import type { DemoName } from './names.ts';
import type { DemoPerson, DemoState } from './people.ts';
import type { Random } from './random.ts';
import type { DemoTenant } from './tenants.ts';

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

const ROLES = ['company_admin', 'accounts_payable', 'orders', 'view_only', 'unit_manager'] as const;
const DOMAINS = ['example.com', 'example.net', 'example.org', 'mail.example', 'post.example'];

/** The n-th customer of a tenant: any state, any role, any company or none. */
export function customer(
  tenant: DemoTenant,
  name: DemoName,
  n: number,
  random: Random,
  calendar: Calendar,
): DemoPerson {
  const state = random.weighted(STATES);
  const isRecent = random.chance(0.3) || state === 'invited' || state === 'opened';
  const created_at = random.between(isRecent ? calendar.recent : calendar.opened, later(calendar.now, -0.05));
  const { spelled, ...named } = name;
  // Whoever is only invited has perhaps not said yet what they are called.
  const isNameless = state !== 'active' && random.chance(0.25);
  return {
    ...(isNameless ? { first_name: null, last_name: null } : named),
    id: newId(created_at.getTime()),
    audience: 'customer',
    state,
    email: `${spelled}@${random.pick(DOMAINS)}`,
    phone: random.chance(0.6) ? `${tenant.phone}${200 + n}` : null,
    locale: random.chance(0.08) ? (tenant.locale === 'ar' ? 'en' : 'ar') : null,
    created_at,
    touched_at: random.between(settledSince(created_at, calendar), calendar.now),
    roles: rolesOf(tenant, n, random),
  };
}

/** The first of each company looks after it; a few work for two. */
function rolesOf(tenant: DemoTenant, n: number, random: Random): DemoPerson['roles'] {
  const { companies, privatePercent } = tenant;
  const first = companies[n];
  if (first) return { [first]: ['company_admin'] };
  if (random.chance(privatePercent / 100)) return {};
  const roles = () => (random.chance(0.2) ? ['orders', 'view_only'] : [random.pick(ROLES)]);
  const one = random.pick(companies);
  return random.chance(0.09) ? { [one]: roles(), [random.pick(companies)]: roles() } : { [one]: roles() };
}

import type { Config } from '../../src/config.ts';
import type { PlatformDb } from '../../src/database/as-platform.ts';
import { newId } from '../../src/database/new-id.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { companyColumns } from '../../src/domain/company/company.ts';
import { ensureBuiltInRoles } from '../../src/domain/role/built-in-roles.ts';
import { defaultTerms } from '../../src/domain/tenant/default-terms.ts';
import { toTenant } from '../../src/domain/tenant/tenant.ts';
import { normaliseName } from '../../src/domain/text/normalise.ts';
import { auditRows } from './audit-rows.ts';
import { later, type Calendar } from './calendar.ts';
import { emailRows } from './email-rows.ts';
import { peopleOf, type DemoPerson } from './people.ts';
import { Random } from './random.ts';
import type { DemoCustomField, DemoTenant } from './tenants.ts';
import { userRow } from './user-rows.ts';

export interface Hashes {
  staff: string;
  customer: string;
}

/** A tenant with more than a year behind it. */
export async function insertTenant(
  db: PlatformDb,
  demo: DemoTenant,
  { config, calendar, hashes }: { config: Config; calendar: Calendar; hashes: Hashes },
): Promise<void> {
  const random = new Random(demo.seed);
  const id = newId(calendar.opened.getTime());
  const own = db.tenant(id);
  const { slug, name, locale, time_zone, currency, reply_to, brand } = demo;
  const row = { id, slug, name, locale, time_zone, currency, reply_to };
  const created_at = calendar.opened;
  await db.from('tenants').insert({ ...row, brand: JSON.stringify(brand), created_at });

  const roles = await ensureBuiltInRoles(own);
  const terms = { id: newId(), number: 1, body: defaultTerms(name, locale), published_at: created_at };
  await own.insertInto('terms_versions', terms);
  const companies = await insertCompanies(own, demo, calendar);
  const people = peopleOf(demo, random, calendar);
  await insertAll(
    own,
    'users',
    people.map((person) => userRow(person, hashes[person.audience], calendar)),
  );
  await insertRoles(own, people, companies, roles);
  await insertAll(
    own,
    'terms_acceptances',
    people.filter(hasAgreed).map((person) => agreement(person, terms.id)),
  );
  await insertCustomFields(own, demo, people, random);

  const tenant = toTenant(
    { ...row, status: 'active', primary_host: null, password_min_length: 12, brand },
    config,
  );
  await insertAll(own, 'emails', await emailRows(tenant, people, random, calendar));
  await insertAll(own, 'audit_events', auditRows(people, companies, random, calendar));
}

const SOME = 400;

async function insertAll(db: TenantDb, table: string, rows: readonly object[]): Promise<void> {
  for (let from = 0; from < rows.length; from += SOME)
    await db.insertInto(table, rows.slice(from, from + SOME));
}

async function insertCompanies(db: TenantDb, demo: DemoTenant, calendar: Calendar) {
  const rows = demo.companies.map((name, n) => {
    const created_at = later(calendar.opened, 2 + n * 10);
    const code = `C-${1001 + n}`;
    return { id: newId(created_at.getTime()), created_at, ...companyColumns({ code, name }) };
  });
  await insertAll(db, 'companies', rows);
  await db.insertInto('counters', { kind: 'company', next: rows.length + 1 });
  return rows.map(({ id, name }) => ({ id, name }));
}

async function insertRoles(
  db: TenantDb,
  people: readonly DemoPerson[],
  companies: readonly { id: string; name: string }[],
  roleIds: ReadonlyMap<string, string>,
): Promise<void> {
  const companyIds = new Map(companies.map(({ id, name }) => [name, id]));
  const placed = people.flatMap((person) =>
    Object.entries(person.roles).map(([company, codes]) => ({
      company_id: companyIds.get(company) ?? null,
      user_id: person.id,
      roles: codes.map((code) => roleIds.get(`${person.audience}/${code}`)!),
    })),
  );
  const members = placed.filter(({ company_id }) => company_id !== null);
  await insertAll(
    db,
    'memberships',
    members.map(({ company_id, user_id }) => ({ company_id, user_id })),
  );
  await insertAll(
    db,
    'role_assignments',
    placed.flatMap(({ roles, ...where }) => roles.map((role_id) => ({ id: newId(), role_id, ...where }))),
  );
}

function hasAgreed({ audience, state }: DemoPerson): boolean {
  return audience === 'customer' && ['active', 'disabled', 'not_verified'].includes(state);
}

function agreement(person: DemoPerson, terms_version_id: string) {
  return { user_id: person.id, terms_version_id, accepted_at: later(person.created_at, 0.02) };
}

async function insertCustomFields(
  db: TenantDb,
  demo: DemoTenant,
  people: readonly DemoPerson[],
  random: Random,
) {
  const fields = demo.custom_fields.map((field, position) => ({
    ...columnsOf(field),
    id: newId(),
    position,
  }));
  await insertAll(db, 'custom_fields', fields);
  const customers = people.filter(({ audience }) => audience === 'customer');
  const values = customers.flatMap(({ id }) =>
    fields
      .filter(() => random.chance(0.5))
      .map((field) => {
        const value = valueOf(field, random);
        return { user_id: id, custom_field_id: field.id, value, value_norm: normaliseName(value) };
      }),
  );
  await insertAll(db, 'custom_field_values', values);
}

function valueOf({ choices, samples }: DemoCustomField, random: Random): string {
  const known = samples ?? choices;
  return known.length > 0 ? random.pick(known) : String(random.whole(10_000, 99_999));
}

function columnsOf({ code, title, type, choices, is_required }: DemoCustomField) {
  return { code, code_norm: normaliseName(code), title, type, choices, is_required };
}

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../src/config.ts';
import type { PlatformDb } from '../../src/database/as-platform.ts';
import { newId } from '../../src/database/new-id.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { readLogo } from '../../src/domain/brand/read-logo.ts';
import { insertSandbox } from '../../src/domain/gateway/gateway-actions.ts';
import { insertBuiltInRoles } from '../../src/domain/role/built-in-roles.ts';
import { defaultTerms } from '../../src/domain/tenant/default-terms.ts';
import { toTenant } from '../../src/domain/tenant/tenant.ts';
import { seedsFolder } from '../../src/project-folder.ts';
import { auditRows } from './audit-rows.ts';
import { addDays, type Calendar } from './calendar.ts';
import { emailRows } from './email-rows.ts';
import { insertAll } from './insert-all.ts';
import { insertBilling } from './insert-billing.ts';
import { insertCompanies } from './insert-companies.ts';
import { insertRecords } from './insert-records.ts';
import { createPeople, type DemoPerson } from './people.ts';
import { Random } from './random.ts';
import { listCustomFields } from '../../src/domain/custom-field/custom-field-queries.ts';
import { storeCustomValues } from '../../src/domain/custom-field/store-values.ts';
import type { DemoCustomField, DemoTenant } from './tenants.ts';
import { userRow } from './user-rows.ts';

export interface Hashes {
  staff: string;
  customer: string;
}

export async function insertTenant(
  db: PlatformDb,
  demo: DemoTenant,
  { config, calendar, hashes }: { config: Config; calendar: Calendar; hashes: Hashes },
): Promise<void> {
  const random = new Random(demo.seed);
  const id = newId(calendar.tenantCreatedAt.getTime());
  const tenantDb = db.tenant(id);
  const { slug, name, locale, time_zone, currency, contact_email, contact_phone } = demo;
  const { address, tax_number, vocabulary } = demo;
  const { images, logo } = await readDemoLogo(slug);
  const brand = { ...demo.brand, logo };
  const row = {
    id,
    slug,
    name,
    locale,
    time_zone,
    currency,
    contact_email,
    contact_phone,
    reply_to: null,
    vocabulary,
    is_setup_hidden: true,
  };
  const created_at = calendar.tenantCreatedAt;
  await db.from('tenants').insert({ ...row, address, tax_number, brand: JSON.stringify(brand), created_at });
  await tenantDb.insertInto('logos', { ...images, is_saved: true });

  await insertSandbox(tenantDb);
  const roles = await insertBuiltInRoles(tenantDb);
  const terms = { id: newId(), number: 1, body: defaultTerms(name, locale), published_at: created_at };
  await tenantDb.insertInto('terms_versions', terms);
  const companies = await insertCompanies(tenantDb, demo, calendar);
  const people = createPeople(demo, random, calendar);
  await insertAll(
    tenantDb,
    'users',
    people.map((person) => userRow(person, hashes[person.audience], calendar)),
  );
  await insertRoles(tenantDb, people, companies, roles);
  await insertAll(
    tenantDb,
    'terms_acceptances',
    people.filter(hasAcceptedTerms).map((person) => termsAcceptance(person, terms.id)),
  );
  await insertCustomFields(tenantDb, demo, people, random);

  const tenant = toTenant(
    { ...row, status: 'active', primary_host: null, password_min_length: 12, brand, version: 1 },
    config,
  );
  await insertAll(tenantDb, 'emails', emailRows(tenant, people, random, calendar));
  await insertAll(tenantDb, 'audit_events', auditRows(people, companies, random, calendar));
  await insertBilling(tenantDb, demo, config.secretKeys);
  await insertRecords(tenantDb, config.filesUrl, people, companies);
}

async function readDemoLogo(slug: string) {
  const read = await readLogo(await readFile(path.join(seedsFolder, 'demo', 'logos', `${slug}.png`)));
  if (!read.ok) throw new Error(`The logo of ${slug} is no image`);
  const { hash, width, height } = read.values;
  return { images: read.values, logo: { hash, width, height } };
}

async function insertRoles(
  db: TenantDb,
  people: readonly DemoPerson[],
  companies: readonly { id: string; name: string }[],
  roleIds: ReadonlyMap<string, string>,
): Promise<void> {
  const companyIds = new Map(companies.map(({ id, name }) => [name, id]));
  const assignments = people.flatMap((person) =>
    Object.entries(person.roles).map(([company, codes]) => ({
      company_id: companyIds.get(company) ?? null,
      user_id: person.id,
      roles: codes.map((code) => roleIds.get(`${person.audience}/${code}`)!),
    })),
  );
  await insertAll(
    db,
    'memberships',
    assignments.flatMap(({ company_id, user_id }) => (company_id ? [{ company_id, user_id }] : [])),
  );
  await insertAll(
    db,
    'role_assignments',
    assignments.flatMap(({ roles, ...where }) =>
      roles.map((role_id) => ({ id: newId(), role_id, ...where })),
    ),
  );
}

function hasAcceptedTerms({ audience, state }: DemoPerson): boolean {
  return audience === 'customer' && ['active', 'disabled', 'not_verified'].includes(state);
}

function termsAcceptance(person: DemoPerson, terms_version_id: string) {
  return { user_id: person.id, terms_version_id, accepted_at: addDays(person.created_at, 0.02) };
}

async function insertCustomFields(
  db: TenantDb,
  demo: DemoTenant,
  people: readonly DemoPerson[],
  random: Random,
) {
  const fields = demo.custom_fields.map((field, position) => ({
    ...fieldColumns(field),
    id: newId(),
    position,
  }));
  await insertAll(db, 'custom_fields', fields);
  const stored = await listCustomFields(db, 'user');
  const customers = people.filter(({ audience }) => audience === 'customer');
  const changed = customers.map(({ id }) => ({
    id,
    values: Object.fromEntries(
      fields.filter(() => random.chance(0.5)).map((field) => [field.code, randomValue(field, random)]),
    ),
  }));
  storeCustomValues(db, 'user', stored, changed);
}

function randomValue({ choices, samples }: DemoCustomField, random: Random): string {
  const values = samples ?? choices;
  return values.length > 0 ? random.pick(values) : String(random.integer(10_000, 99_999));
}

function fieldColumns({ code, title, type, choices, is_required }: DemoCustomField) {
  return { code, code_norm: code, title, type, choices: [...choices], is_required, is_searchable: true };
}

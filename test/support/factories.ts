import { asPlatform } from '../../src/database/as-platform.ts';
import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { systemActor } from '../../src/domain/actor.ts';
import { hashPassword } from '../../src/domain/password/hash-password.ts';
import type { StaffPermission } from '../../src/domain/role/permissions.ts';
import { createTenant as create, newTenantSchema } from '../../src/domain/tenant/create-tenant.ts';
import type { CustomField } from '../../src/domain/custom-field/custom-field-queries.ts';
import { isCustomDomain, setPrimaryHost } from '../../src/domain/tenant/tenant-domains.ts';
import { publishTerms as publish } from '../../src/domain/terms/terms-actions.ts';
import { companyColumns, type CompanyStatus } from '../../src/domain/company/company.ts';
import { parseEmailAddress } from '../../src/domain/text/email-address.ts';
import { insertUser } from '../../src/domain/user/user-actions.ts';
import { found } from '../../src/errors.ts';
import type { Locale } from '../../src/locales/locales.ts';
import type { TestPortal } from './portal.ts';
import { Visitor, type VisitedPortal, type VisitorOptions } from './visitor.ts';

/** The default password. */
export const PASSWORD = 'test passphrase, not a secret';

const actor = systemActor('Tests');

type Portal = Pick<TestPortal, 'database' | 'config' | 'directory'>;
type ServedPortal = Portal & VisitedPortal;

export interface TestTenant {
  id: string;
  slug: string;
  name: string;
  /** Hosts with the port, for a Visitor. */
  account: string;
  operations: string;
  manager: { id: string; email: string };
}

export interface TestPerson {
  id: string;
  email: string;
  password: string;
  name: string;
  first_name: string | null;
  last_name: string | null;
  companies: readonly TestCompany[];
}

export interface TestCompany {
  id: string;
  name: string;
  code: string;
}

interface TenantFields {
  slug?: string;
  name?: string;
  locale?: Locale;
  time_zone?: string;
  currency?: string;
  status?: 'active' | 'suspended';
  contact_email?: string;
  contact_phone?: string;
  reply_to?: string;
  password_min_length?: number;
  brand?: { color?: string };
}

/** Creates a tenant as the console does: built-in roles, terms version 1, an invited Manager. */
export async function createTenant(portal: Portal, fields: TenantFields = {}): Promise<TestTenant> {
  const { slug = `t${uniqueTag()}`, name = `Tenant ${slug}`, ...columns } = fields;
  const input = { slug, name, admin_email: `owner@${slug}.example` };
  const { contact_email, contact_phone, reply_to, status, password_min_length, ...options } = columns;
  const values = newTenantSchema.parse(input);
  const created = await asPlatform(portal.database, (db) => create(db, actor, values, options));
  if (!created.ok) throw new Error(`The tenant was refused: ${JSON.stringify(created.errors)}`);

  const { portalDomain, operationsDomain } = portal.config;
  const hosts = { account: `${slug}.${portalDomain}`, operations: `${slug}.${operationsDomain}` };
  const tenant = { ...created.tenant, ...hosts, manager: created.manager };
  const rest = {
    ...(status && { status }),
    ...(password_min_length && { password_min_length }),
    ...(reply_to && { reply_to }),
    ...(contact_email && { contact_email }),
    ...(contact_phone && { contact_phone }),
  };
  await changeTenant(portal, tenant, rest);
  return tenant;
}

/** Changes columns of a tenant and clears the directory. */
export async function changeTenant(portal: Portal, tenant: TestTenant, fields: TenantFields): Promise<void> {
  const { brand, ...rest } = fields;
  const columns = { ...rest, ...(brand && { brand: JSON.stringify(brand) }) };
  if (Object.keys(columns).length > 0)
    await asPlatform(portal.database, (db) => db.from('tenants').where({ id: tenant.id }).update(columns));
  portal.directory.clear();
}

/** Adds a verified domain and returns its host. */
export async function createDomain(portal: Portal, tenant: TestTenant, host: string): Promise<string> {
  if (!isCustomDomain(host, portal.config)) throw new Error(`${host} is no custom domain`);
  await asPlatform(portal.database, (db) =>
    db.from('tenant_domains').insert({ host, tenant_id: tenant.id, verified_at: new Date() }),
  );
  portal.directory.clear();
  return host;
}

/** null makes the host under PORTAL_DOMAIN the primary host. */
export async function changePrimaryHost(
  portal: Portal,
  tenant: TestTenant,
  host: string | null,
): Promise<void> {
  const result = await asPlatform(portal.database, (db) =>
    setPrimaryHost(db, actor, tenant.id, host, portal.config),
  );
  if (!result.ok) throw new Error(`${host} was refused: ${JSON.stringify(result.errors)}`);
  portal.directory.clear();
}

interface PersonFields {
  email?: string;
  first_name?: string | null;
  last_name?: string | null;
  phone?: string | null;
  status?: 'enabled' | 'disabled';
  locale?: string | null;
  email_verified_at?: Date | null;
  /** null for none. */
  password?: string | null;
}

interface StaffFields extends PersonFields {
  /** The code of a built-in role: Manager by default, null for none. */
  role?: string | null;
}

export function createStaff(
  portal: Portal,
  tenant: TestTenant,
  fields: StaffFields = {},
): Promise<TestPerson> {
  const { role = 'manager', ...person } = fields;
  return inTenant(portal.database, tenant.id, async (db) => {
    const staff = await createPerson(db, 'staff', person);
    if (role !== null) await assign(db, staff.id, 'staff', role, null);
    return staff;
  });
}

interface CustomerFields extends PersonFields {
  access?: 'no_access' | 'invited' | 'opened' | 'bounced' | 'active' | 'revoked';
  access_expires_at?: Date | null;
  company?: TestCompany;
  companies?: readonly TestCompany[];
  /** By default true without a company. */
  is_private_customer?: boolean;
  /** Codes of built-in roles in each of the companies: Company Admin by default. */
  roles?: readonly string[];
  /** Whether the version in force is agreed to. */
  terms?: boolean;
}

/** By default an active, verified customer without a company who has agreed to the terms. */
export function createCustomer(
  portal: Portal,
  tenant: Pick<TestTenant, 'id'>,
  fields: CustomerFields = {},
): Promise<TestPerson> {
  const {
    company,
    companies = company ? [company] : [],
    roles = ['company_admin'],
    is_private_customer = companies.length === 0,
    terms = true,
    ...person
  } = fields;
  return inTenant(portal.database, tenant.id, async (db) => {
    const customer = await createPerson(db, 'customer', { ...person, is_private_customer });
    for (const { id } of companies) await insertMembership(db, customer.id, id, roles);
    if (terms && customer.password) await agreeToTerms(db, customer.id);
    return { ...customer, companies };
  });
}

/** Has a name and no login. */
export async function createCustomerWithoutEmail(
  portal: Portal,
  tenant: Pick<TestTenant, 'id'>,
  { is_private_customer = true } = {},
): Promise<{ id: string; name: string }> {
  const last_name = `Larkin ${uniqueTag()}`;
  const person = { first_name: 'Edith', last_name, email: null, phone: null };
  const id = await inTenant(portal.database, tenant.id, (db) =>
    insertUser(db, { ...person, audience: 'customer', is_private_customer }),
  );
  return { id: found(id), name: `Edith ${last_name}` };
}

/** Links a customer to a company, with built-in roles by their codes. */
export async function createMembership(
  portal: Portal,
  tenant: TestTenant,
  person: Pick<TestPerson, 'id'>,
  { company, roles }: { company: TestCompany; roles: readonly string[] },
): Promise<void> {
  await inTenant(portal.database, tenant.id, (db) => insertMembership(db, person.id, company.id, roles));
}

/** Creates a custom role and returns its code, for `createStaff`. */
export async function createStaffRole(
  portal: Portal,
  tenant: TestTenant,
  permissions: readonly StaffPermission[],
): Promise<string> {
  const id = newId();
  const code = `custom_${uniqueTag()}`;
  await inTenant(portal.database, tenant.id, async (db) => {
    await db.insertInto('roles', { id, audience: 'staff', code, name: code, description: '', position: 100 });
    await db.insertInto(
      'role_permissions',
      permissions.map((permission) => ({ role_id: id, permission })),
    );
  });
  return code;
}

export async function createCompany(
  portal: Portal,
  tenant: TestTenant,
  fields: { name?: string; code?: string; status?: CompanyStatus; parent_id?: string } = {},
): Promise<TestCompany> {
  const tag = uniqueTag();
  const { name = `Company ${tag}`, code = tag.toUpperCase(), ...rest } = fields;
  const company = { id: newId(), name, code };
  await inTenant(portal.database, tenant.id, async (db) => {
    await db.insertInto('companies', { ...rest, id: company.id, ...companyColumns(company) });
  });
  return company;
}

export async function createCustomField(
  portal: Portal,
  tenant: Pick<TestTenant, 'id'>,
  fields: Partial<Omit<CustomField, 'id' | 'version'>> = {},
): Promise<{ id: string; title: string; code: string }> {
  const tag = uniqueTag();
  const { title = `Field ${tag}`, code = `field_${tag}`, type = 'text', ...rest } = fields;
  const id = newId();
  await inTenant(portal.database, tenant.id, async (db) => {
    await db.insertInto('custom_fields', { ...rest, id, title, code, code_norm: code, type });
  });
  return { id, title, code };
}

/** Publishes a new version of the terms and returns its number. */
export async function publishTerms(portal: Portal, tenant: TestTenant, body = 'Be better.'): Promise<number> {
  const published = await inTenant(portal.database, tenant.id, (db) => publish(db, actor, { body }));
  if (!published.ok) throw new Error('The terms were refused');
  return published.number;
}

/** Logs in through the login form. */
export async function signIn(
  portal: ServedPortal,
  host: string,
  person: Pick<TestPerson, 'email' | 'password'>,
  options: VisitorOptions = {},
): Promise<Visitor> {
  const visitor = new Visitor(portal, host, options);
  const isOperations = host.endsWith(portal.config.operationsDomain);
  const response = await submitLogin(visitor, isOperations ? '/login' : '/account/login', person);
  if (response.status !== 303)
    throw new Error(`${person.email} could not log in: ${response.status} ${response.text}`);
  return visitor;
}

/** Submits the login form without following the redirect. */
export async function submitLogin(
  visitor: Visitor,
  path: string,
  { email, password }: Pick<TestPerson, 'email' | 'password'>,
) {
  const page = await visitor.visit(path);
  return visitor.postFrom(page, path, { username: email, password });
}

export async function signedInStaff(
  portal: ServedPortal,
  tenant: TestTenant,
  role: string | null = 'manager',
): Promise<Visitor & { person: TestPerson }> {
  const person = await createStaff(portal, tenant, { role });
  return Object.assign(await signIn(portal, tenant.operations, person), { person });
}

export async function signedInCustomer(
  portal: ServedPortal,
  tenant: TestTenant,
  fields: CustomerFields = {},
): Promise<Visitor & { person: TestPerson }> {
  const person = await createCustomer(portal, tenant, fields);
  return Object.assign(await signIn(portal, tenant.account, person), { person });
}

const hashes = new Map<string, Promise<string>>();

// Hashing is slow, and most tests share a password.
function hashOf(password: string): Promise<string> {
  const known = hashes.get(password) ?? hashPassword(password);
  hashes.set(password, known);
  return known;
}

async function createPerson(
  db: TenantDb,
  audience: 'customer' | 'staff',
  {
    email,
    first_name,
    last_name,
    phone = null,
    is_private_customer = false,
    password,
    ...columns
  }: PersonFields & Partial<CustomerFields>,
): Promise<TestPerson> {
  const tag = uniqueTag();
  const details = {
    email: email ?? `${audience}.${tag}@example.com`,
    first_name: first_name === undefined ? 'Ada' : first_name,
    last_name: last_name === undefined ? `Lovelace ${tag}` : last_name,
    phone,
  };
  const id = await insertUser(db, {
    ...details,
    audience,
    is_private_customer,
    email: found(parseEmailAddress(details.email)),
  });
  if (id === undefined) throw new Error(`The address ${details.email} is taken`);
  // An invited customer has no password yet.
  const isActive = password !== null && (columns.access ?? 'active') === 'active';
  const chosen = password ?? (isActive ? PASSWORD : null);
  await db
    .from('users')
    .where({ id })
    .update({
      access: chosen ? 'active' : 'no_access',
      ...(chosen && {
        password_hash: await hashOf(chosen),
        password_changed_at: new Date(),
        email_verified_at: new Date(),
        is_email_proven: true,
      }),
      ...columns,
    });
  const name = [details.first_name, details.last_name].filter(Boolean).join(' ');
  return { id, ...details, name, password: chosen ?? '', companies: [] };
}

async function insertMembership(
  db: TenantDb,
  user_id: string,
  company_id: string,
  roles: readonly string[],
): Promise<void> {
  await db.insertInto('memberships', { company_id, user_id });
  for (const role of roles) await assign(db, user_id, 'customer', role, company_id);
}

async function assign(
  db: TenantDb,
  user_id: string,
  audience: 'customer' | 'staff',
  code: string,
  company_id: string | null,
): Promise<void> {
  const role = (await db.from('roles').where({ audience, code }).first('id')) as { id: string } | undefined;
  if (!role) throw new Error(`There is no ${audience} role ${code}`);
  await db.insertInto('role_assignments', { id: newId(), user_id, role_id: role.id, company_id });
}

async function agreeToTerms(db: TenantDb, user_id: string): Promise<void> {
  const versions = (await db.from('terms_versions').select('id')) as { id: string }[];
  const rows = versions.map(({ id }) => ({ user_id, terms_version_id: id }));
  if (rows.length > 0) await db.insertInto('terms_acceptances', rows);
}

let count = 0;

function uniqueTag(): string {
  count += 1;
  return `${process.pid.toString(36)}${count.toString(36)}`;
}

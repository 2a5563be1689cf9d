import { groupBy } from '../../src/group-by.ts';
import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { locationColumns } from '../../src/domain/company-location/company-location.ts';
import { insertLogo } from '../../src/domain/brand/logo.ts';
import { keysOfUser, newFormKey, submitOnce } from '../../src/domain/form/form-key.ts';
import { queueEmail } from '../../src/domain/email/queue-email.ts';
import { actAs, systemActor } from '../../src/domain/actor.ts';
import { createView } from '../../src/domain/saved-view/saved-view-actions.ts';
import { queueTask } from '../../src/domain/task/task-actions.ts';
import {
  createCompany,
  createCustomer,
  createCustomField,
  createStaff,
  createStaffRole,
  createTenant,
  signIn,
  type TestCompany,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { insertDocument } from '../support/documents.ts';
import { fileStoreOf, insertExport } from '../support/exports.ts';
import { insertImports } from '../support/insert-imports.ts';
import { insertBulkAction } from '../support/tasks.ts';
import type { TestPortal } from '../support/portal.ts';
import { idsFor, type IdsByTable } from './page-ids.ts';
import { countParameters, fillParameters } from './routes.ts';
import { seedBilling } from './seed-billing.ts';

export interface SeededTenant extends TestTenant {
  company: TestCompany;
  customer: TestPerson;
  staff: TestPerson;
  /** The ids of file fields. */
  file_fields: string[];
}

/** Creates a tenant with at least one row in every tenant table. The names of its rows contain `name`. */
export async function seedTenant(portal: TestPortal, name: string): Promise<SeededTenant> {
  const tenant = await createTenant(portal, { name });
  const company = await createCompany(portal, tenant, { name: `${name} Works` });
  const person = { first_name: name, last_name: `Of ${name}` };
  const customer = await createCustomer(portal, tenant, { ...person, company });
  const staff = await createStaff(portal, tenant, person);
  await createStaffRole(portal, tenant, ['users.view']);
  const field = await createCustomField(portal, tenant, { title: `${name} field` });
  await signIn(portal, tenant.account, customer);
  await inTenant(portal.database, tenant.id, async (db) => {
    await db.insertInto('custom_field_values', {
      user_id: customer.id,
      custom_field_id: field.id,
      value: name,
      value_norm: name.toLowerCase(),
    });
    await db.insertInto('custom_field_values_index', {
      entity_id: customer.id,
      custom_field_id: field.id,
      value_norm: name.toLowerCase(),
    });
    const label = { id: newId(), name: `${name} label`, name_norm: `${name} label`.toLowerCase() };
    await db.insertInto('labels', { ...label, colour: 'blue' });
    await db.insertInto('user_labels', { label_id: label.id, user_id: customer.id });
    await db.insertInto('user_aliases', { id: newId(), user_id: customer.id });
    await db.insertInto('company_labels', { label_id: label.id, company_id: company.id });
    await db.insertInto('company_locations', {
      id: newId(),
      company_id: company.id,
      ...locationColumns({
        name: `${name} quay`,
        code: 'QUAY',
        address: 'Harbour Lane 1',
        phone: null,
        contact_name: null,
      }),
    });
    const image = Buffer.from(name);
    await insertLogo(db, {
      hash: '0'.repeat(32),
      width: 1,
      height: 1,
      small: image,
      large: image,
      icon: image,
    });
    const email = { audience: 'customer', user_id: customer.id, to_address: customer.email } as const;
    queueEmail(db, { template: 'resetPassword', ...email });
    await queueTask(db, { kind: 'backfill', input: { name: 'fold-users' }, requested_by: staff.id });
    const view = { list: 'users', name, query: 'status=enabled', is_shared: true } as const;
    await createView(db, actAs(systemActor(name), { ...staff, audience: 'staff' }), view);
    await submitOnce(
      keysOfUser(db, staff.id),
      { kind: 'company', key: newFormKey(), path: '/', fields: {} },
      () => Promise.resolve({ ok: true as const }),
      () => '/',
    );
  });
  for (const owner of [{ user_id: customer.id }, { company_id: company.id }]) {
    await inTenant(portal.database, tenant.id, (db) =>
      db.insertInto('notes', { id: newId(), text: `Note of **${name}**`, author_id: staff.id, ...owner }),
    );
    const document = { owner, uploaded_by: staff.id, name: `${name}.pdf`, is_visible_to_customer: true };
    await insertDocument(portal, tenant, document);
  }
  await insertImports(portal, tenant, { name, requested_by: staff.id });
  await insertExport(portal, tenant, staff.id);
  await insertBulkAction(portal, tenant, staff.id, [customer.id]);
  await seedBilling(portal, tenant.id, { company, customer, staff, name });
  await insertRentalLabel(portal, tenant.id);
  const file_fields = await seedFiles(portal, tenant, name);
  await portal.runMail();
  await insertAuditSeal(portal, tenant.id);
  return { ...tenant, company, customer, staff, file_fields };
}

/** Every customer, rental and invoice has the same file, which customers may see. */
async function seedFiles(portal: TestPortal, tenant: TestTenant, name: string): Promise<string[]> {
  const file = await inTenant(portal.database, tenant.id, async (db) => {
    const id = newId();
    await db.insertInto('files', { id, expires_at: null, byte_count: name.length });
    return { key: id, name: `${name}.pdf`, size: name.length, type: 'application/pdf' };
  });
  await fileStoreOf(portal).put({ tenantId: tenant.id, id: file.key }, [name]);
  const ids: string[] = [];
  for (const [entity, table, customer_access] of [
    ['user', 'users', 'edit'],
    ['rental', 'rentals', 'view'],
    ['invoice', 'invoices', 'view'],
  ] as const) {
    const code = `${entity}_file`;
    const field = await createCustomField(portal, tenant, { type: 'file', entity, code, customer_access });
    await portal.owner.query(`update ${table} set custom = custom || $2 where tenant_id = $1`, [
      tenant.id,
      JSON.stringify({ [code]: file }),
    ]);
    ids.push(field.id);
  }
  return ids;
}

/** Whose ids are used in paths. */
const TABLES_OF_PATHS = (
  'users companies company_locations roles custom_fields labels notes documents emails tasks terms_versions login_sessions role_assignments' +
  ' sites unit_types units billing_accounts rentals requests invoices payments payment_methods short_payments tax_rates late_fee_rules agreement_versions billing_runs saved_views imports import_mappings sandbox_sessions gateway_events'
).split(' ');

/** Those of the ids that are in a table. */
export async function groupByTable(portal: TestPortal, ids: readonly string[]): Promise<IdsByTable> {
  const { rows } = await portal.owner.query<{ table: string; id: string }>(
    TABLES_OF_PATHS.map(
      (table) => `select '${table}' as table, id from ${table} where id = any($1::uuid[])`,
    ).join(' union all '),
    [ids],
  );
  const groups = groupBy(rows, (row) => row.table);
  return Object.fromEntries([...groups].map(([table, found]) => [table, found.map((row) => row.id)]));
}

/** The ids of the tenant's main rows and of the latest rows of each table. */
export async function listIds(
  portal: TestPortal,
  { id, company, customer, staff }: SeededTenant,
  perTable: number,
): Promise<Record<string, string[]>> {
  const { rows } = await portal.owner.query<{ table: string; id: string }>(
    TABLES_OF_PATHS.map(
      (table) =>
        `(select '${table}' as table, id from ${table} where tenant_id = $1 order by id desc limit ${perTable})`,
    ).join(' union all '),
    [id],
  );
  const main = { companies: [company.id], users: [customer.id, staff.id] };
  const latest = groupBy(rows, (row) => row.table);
  const all = (table: string) => [
    ...(main[table as keyof typeof main] ?? []),
    ...(latest.get(table) ?? []).map((row) => row.id),
  ];
  return Object.fromEntries(TABLES_OF_PATHS.map((table) => [table, [...new Set(all(table))]]));
}

async function insertRentalLabel(portal: TestPortal, tenantId: string): Promise<void> {
  await portal.owner.query(
    `insert into rental_labels (tenant_id, label_id, rental_id)
     select l.tenant_id, l.id, (select r.id from rentals r where r.tenant_id = l.tenant_id limit 1)
     from labels l where l.tenant_id = $1`,
    [tenantId],
  );
}

/** Inserted directly, because the sealing task skips events of the last minutes. */
async function insertAuditSeal(portal: TestPortal, tenantId: string): Promise<void> {
  await portal.owner.query(
    `insert into audit_seals (tenant_id, number, from_at, to_at, to_id, events, root, previous_hash, hash)
     values ($1, 1, now(), now(), $2, 1, '\\x00', '\\x00', '\\x00')`,
    [tenantId, newId()],
  );
}

/** The paths of a pattern with `:field_id`, with each of the ids and each file field. */
export function pathsOfFiles(pattern: string, own: SeededTenant, ids: IdsByTable): string[] {
  const ofField = pattern.replace(':company_id', own.company.id).replace(':field_id', 'FIELD');
  const paths =
    countParameters(ofField) === 0
      ? [ofField]
      : idsFor(pattern, ids).map((id) => fillParameters(ofField, [id]));
  return paths.flatMap((path) => own.file_fields.map((fieldId) => path.replace('FIELD', fieldId)));
}

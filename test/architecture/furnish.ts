import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { queueEmail } from '../../src/domain/email/queue-email.ts';
import {
  createCompany,
  createCustomer,
  createCustomField,
  createStaff,
  createTenant,
  signIn,
  type TestCompany,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import type { TestPortal } from '../support/portal.ts';

export interface FurnishedTenant extends TestTenant {
  company: TestCompany;
  customer: TestPerson;
  staff: TestPerson;
}

/** A tenant that has a row in every one of its tables: no look at whose rows are seen then looks at nothing. */
export async function furnishedTenant(portal: TestPortal, name: string): Promise<FurnishedTenant> {
  const tenant = await createTenant(portal, { name });
  const company = await createCompany(portal, tenant, { name: `${name} Works` });
  const named = { first_name: name, last_name: `Of ${name}` };
  const customer = await createCustomer(portal, tenant, { ...named, company });
  const staff = await createStaff(portal, tenant, named);
  const field = await createCustomField(portal, tenant, { title: `${name} field` });
  await signIn(portal, tenant.account, customer);

  await inTenant(portal.database, tenant.id, async (db) => {
    await db.insertInto('custom_field_values', {
      user_id: customer.id,
      custom_field_id: field.id,
      value: name,
      value_norm: name.toLowerCase(),
    });
    const mail = { audience: 'customer', user_id: customer.id, to_address: customer.email } as const;
    await queueEmail(db, { template: 'resetPassword', ...mail });
  });
  await portal.runMail();
  await seal(portal, tenant.id);
  return { ...tenant, company, customer, staff };
}

/** As the job does that comes by a few minutes later. */
async function seal(portal: TestPortal, tenantId: string): Promise<void> {
  await portal.owner.query(
    `insert into audit_seals (tenant_id, number, from_at, to_at, to_id, events, root, previous_hash, hash)
     values ($1, 1, now(), now(), $2, 1, '\\x00', '\\x00', '\\x00')`,
    [tenantId, newId()],
  );
}

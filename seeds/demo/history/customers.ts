import { pick, selectRows } from '../../../src/database/columns.ts';
import type { TenantDb } from '../../../src/database/tenant-db.ts';
import type { Owner } from '../../../src/domain/billing-account/billing-account.ts';

export interface DemoCustomer {
  /** Of the company or the person. */
  id: string;
  owner: Owner;
  /** The code of the company, or the email address of the person or else their id. */
  key: string;
  /** Of the company, or the email address again, or else the name of the person. */
  name: string;
}

/** Always in the same order, though the ids are new in every demo. */
export async function listDemoCustomers(db: TenantDb): Promise<DemoCustomer[]> {
  const companies = await selectRows(
    db.from('companies').where({ status: 'active' }).orderBy('code_norm'),
    pick('companies', 'id', 'code', 'name'),
  );
  const people = await selectRows(
    db
      .from('users')
      .where({ audience: 'customer', is_private_customer: true, status: 'enabled' })
      .orderBy('email_order'),
    pick('users', 'id', 'name', 'email'),
  );
  return [
    ...companies.map(({ id, code, name }) => ({ id, owner: { company_id: id }, key: code, name })),
    ...people.map(({ id, name, email }) => ({
      id,
      owner: { user_id: id },
      key: email ?? id,
      name: email ?? name,
    })),
  ];
}

import { inTenant } from '../../src/database/in-tenant.ts';
import type { Owner } from '../../src/domain/billing-account/billing-account.ts';
import { mergeUsers } from '../../src/domain/user-merge/merge-users.ts';
import type { TestCompany, TestTenant } from './factories.ts';
import { billingActor, TestAccount } from './money.ts';
import type { TestPortal } from './portal.ts';
import { sql } from './rows.ts';

/** The money of a person. */
export class PersonAccount extends TestAccount {
  readonly person: { id: string };

  constructor(portal: TestPortal, tenant: TestTenant, person: { id: string; name: string; email: string }) {
    super(portal, tenant, { name: person.name, code: person.email } as TestCompany);
    this.person = person;
  }

  override get owner(): Owner {
    return { user_id: this.person.id };
  }
}

/** Merges the other user into the user, with the versions that are stored now. */
export async function merge(
  portal: TestPortal,
  tenant: Pick<TestTenant, 'id'>,
  id: string,
  other_id: string,
) {
  const users = await sql<{ id: string; version: number }>(
    portal,
    'select id, version from users where id = any($1)',
    [[id, other_id]],
  );
  const versionOf = (user: string) => users.find((each) => each.id === user)?.version ?? 1;
  const values = { other_id, version: versionOf(id), other_version: versionOf(other_id) };
  const { secretKeys } = portal.config;
  return inTenant(portal.database, tenant.id, (db) =>
    mergeUsers(db, billingActor, { id, values, secretKeys }),
  );
}

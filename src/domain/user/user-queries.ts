import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normalEmail } from './email-address.ts';

/** A person, as far as links to them go. */
export interface UserRef {
  id: string;
  name: string;
  email: string;
  status: 'enabled' | 'disabled';
}

/** Who has this address, as typed; undefined when nobody of the audience does. */
export function findUserByEmail(
  db: TenantDb,
  audience: 'customer' | 'staff',
  email: string,
): Knex.QueryBuilder<UserRef, UserRef | undefined> {
  return db
    .from('users')
    .where({ audience, email_norm: normalEmail(email) ?? '' })
    .select('id', 'name', 'email', 'status')
    .first() as unknown as Knex.QueryBuilder<UserRef, UserRef | undefined>;
}

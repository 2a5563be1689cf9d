import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { EmailAddress } from '../text/email-address.ts';

/** What somebody sees of themselves. */
export interface Profile {
  first_name: string | null;
  last_name: string | null;
  email: EmailAddress;
  pending_email: string | null;
  email_verified_at: Date | null;
  phone: string | null;
  locale: string | null;
  time_zone: string | null;
}

export function findProfile(db: TenantDb, userId: string): Knex.QueryBuilder<Profile, Profile | undefined> {
  return db
    .from('users')
    .where({ id: userId })
    .select(
      'first_name',
      'last_name',
      'email',
      'pending_email',
      'email_verified_at',
      'phone',
      'locale',
      'time_zone',
    )
    .first() as unknown as Knex.QueryBuilder<Profile, Profile | undefined>;
}

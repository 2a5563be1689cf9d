import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { userColumns, type UserDetails } from './user-columns.ts';

export interface NewUser extends UserDetails {
  audience: 'customer' | 'staff';
  locale?: string | null;
}

/**
 * The new person's id, or undefined when somebody of this audience has the address already: the unique index decides,
 * so that two forms sent at once cannot both win.
 */
export async function insertUser(db: TenantDb, user: NewUser): Promise<string | undefined> {
  const inserted = (await db
    .insertInto('users', {
      id: newId(),
      audience: user.audience,
      locale: user.locale ?? null,
      ...userColumns(user),
    })
    .onConflict(['tenant_id', 'audience', 'email_norm'])
    .ignore()
    .returning('id')) as { id: string }[];
  return inserted[0]?.id;
}

import { paramsOf } from '../../params-of.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { userList } from '../user/user-list.ts';

/** The query of the list of users that finds whom the import created and an invitation would reach. */
export function invitableQuery(id: string): string {
  const params = { import: id, access: 'no_access', email: 'with', status: 'enabled' };
  return new URLSearchParams(params).toString();
}

export function countInvitable(db: TenantDb, id: string) {
  return userList.count(db, userList.parse(paramsOf(invitableQuery(id))).query);
}

import type { Request } from 'express';
import type { TenantDb } from '../../database/tenant-db.ts';
import { bulkActions } from '../../domain/bulk-action/bulk-action.ts';
import type { Import } from '../../domain/import/import-queries.ts';
import { userList } from '../../domain/user/user-list.ts';
import { paramsOf } from '../../params-of.ts';

const { permission } = bulkActions['send-invitation'];

/** The query of the list of users that finds whom the import created and the action would invite. */
export function invitableQuery(id: string): string {
  const params = { import: id, access: 'no_access', email: 'with', status: 'enabled' };
  return new URLSearchParams(params).toString();
}

export function mayInvite({ actor }: Pick<Request, 'actor'>, { kind, counts }: Import): boolean {
  const { created = 0, undone = 0 } = counts;
  return kind === 'users' && created > undone && actor.permissions.has(permission);
}

export function countInvitable(db: TenantDb, id: string) {
  return userList.count(db, userList.parse(paramsOf(invitableQuery(id))).query);
}

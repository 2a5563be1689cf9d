import type { TenantDb } from '../../database/tenant-db.ts';
import { listTenantFields } from '../custom-field/custom-field-queries.ts';
import { openRows } from '../label/selected-rows.ts';
import { reasonsOf, selectUsers } from './apply-bulk-action.ts';
import { skipReasonOf, type BulkActionName, type SkipReason, type StoredOptions } from './bulk-action.ts';

/** Of more users, only the number is shown. */
export const MAX_PREVIEWED = 10_000;

export interface BulkPreview {
  /** Of all selected users. */
  selected: number;
  /** How many of them are skipped for each reason. Null for more users than `MAX_PREVIEWED`. */
  skipped: readonly { reason: SkipReason; count: number }[] | null;
}

/**
 * `query`: of the list of users, as JSON. Without `options`, only the reasons that depend on the user are counted: the
 * company and the role are not known yet.
 */
export async function previewBulkAction(
  db: TenantDb,
  action: BulkActionName,
  query: string,
  options?: StoredOptions,
): Promise<BulkPreview> {
  const rows = openRows('user', query, await listTenantFields(db));
  const ids = await rows.ids(db, MAX_PREVIEWED + 1);
  if (ids.length > MAX_PREVIEWED) return { selected: await rows.count(db), skipped: null };
  const counts = new Map<SkipReason, number>();
  const users = await selectUsers(db, ids);
  const reasons = options ? await reasonsOf(db, options, users) : undefined;
  for (const user of users) {
    const reason = reasons ? reasons.get(user.id) : skipReasonOf(action, user);
    if (reason) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return {
    selected: ids.length,
    skipped: [...counts].map(([reason, count]) => ({ reason, count })),
  };
}

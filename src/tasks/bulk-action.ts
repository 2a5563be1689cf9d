import * as z from 'zod';
import type { TenantAccess } from '../database/in-tenant.ts';
import type { PagePosition } from '../database/paginate.ts';
import { recordAudit } from '../domain/audit/record-audit.ts';
import { applyBulkAction } from '../domain/bulk-action/apply-bulk-action.ts';
import {
  bulkActionNames,
  bulkActions,
  storedOptions,
  type BulkActionName,
  type StoredOptions,
} from '../domain/bulk-action/bulk-action.ts';
import { RoleGone } from '../domain/bulk-action/change-roles.ts';
import { listTenantFields } from '../domain/custom-field/custom-field-queries.ts';
import { openRows } from '../domain/label/selected-rows.ts';
import { findStaffActor } from '../domain/role/staff-actor.ts';
import { taskTarget } from '../domain/task/task-actions.ts';
import { TaskFailed, type TaskKind } from './task-kind.ts';

const inputSchema = z.object({
  action: z.enum(bulkActionNames),
  title: z.string(),
  query: z.string(),
  requested_by: z.string(),
  /** JSON. */
  options: z.string(),
});

type Input = z.infer<typeof inputSchema>;

interface Cursor {
  place: PagePosition | null;
  changed: number;
  skipped: number;
}

const NOTHING: Cursor = { place: null, changed: 0, skipped: 0 };

/** Applies an action to the users of a query. */
export const bulkActionKind: TaskKind<Input, Cursor> = {
  input: inputSchema,
  async *run(input, stored, tenant, taskId) {
    const options = readOptions(input);
    const { actor, fields } = await permittedActor(tenant, input);
    const rows = openRows('user', input.query, fields);
    if (!rows.isUnderstood) throw new TaskFailed('filters_gone');
    const total = stored.total ?? (await tenant.inTenant((db) => rows.count(db)));
    let state = { cursor: stored.cursor ?? NOTHING, done: stored.done };
    const batches = rows.batches((build) => tenant.readTenant(build), state.cursor.place);
    for await (const { ids, place } of batches) {
      const { done, cursor } = state;
      yield async (db) => {
        const batch = { task_id: taskId, ids, done };
        const changed = await applyBulkAction(db, actor, options, batch).catch(failWithoutRole);
        const skipped = ids.length - changed;
        state = {
          cursor: { place, changed: cursor.changed + changed, skipped: cursor.skipped + skipped },
          done: done + ids.length,
        };
        return { ...state, total };
      };
    }
    const { changed, skipped } = state.cursor;
    yield async (db) => {
      recordAudit(db, actor, {
        event: 'bulk_action.finished',
        target: taskTarget({ id: taskId, kind: 'bulk-action', input }),
        changes: { list: 'users', filters: rows.filters, rows: changed },
      });
      return { ...state, total, result: { changed, skipped } };
    };
    return { changed, skipped };
  },
};

function readOptions({ action, options }: Input): StoredOptions {
  const parsed = storedOptions.safeParse({ action, ...(JSON.parse(options) as object) });
  if (!parsed.success) throw new TaskFailed('invalid_input', { cause: parsed.error });
  return parsed.data;
}

function failWithoutRole(error: unknown): never {
  throw error instanceof RoleGone ? new TaskFailed('role_gone') : error;
}

/** Each slot checks again what the requester may do. */
async function permittedActor(
  tenant: TenantAccess,
  { requested_by, action }: { requested_by: string; action: BulkActionName },
) {
  const { actor, fields } = await tenant.inTenant(async (db) => ({
    actor: await findStaffActor(db, requested_by),
    fields: await listTenantFields(db),
  }));
  if (!actor?.permissions.has(bulkActions[action].permission)) throw new TaskFailed('not_permitted');
  return { actor, fields };
}

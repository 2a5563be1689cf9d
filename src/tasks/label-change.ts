import * as z from 'zod';
import type { TenantAccess } from '../database/in-tenant.ts';
import type { PagePosition } from '../database/paginate.ts';
import type { Actor } from '../domain/actor.ts';
import { lockLabels } from '../domain/label/change-labels.ts';
import { listTenantFields, type CustomField } from '../domain/custom-field/custom-field-queries.ts';
import {
  changePermissions,
  changeRows,
  recordSelectedChange,
  type LabelChange,
} from '../domain/label/change-selected.ts';
import { labelEntities, labelEntityNames, type LabelEntity } from '../domain/label/label.ts';
import { openRows } from '../domain/label/selected-rows.ts';
import { findStaffActor } from '../domain/role/staff-actor.ts';
import { TaskFailed, type TaskKind } from './task-kind.ts';

const inputSchema = z.object({
  label_id: z.string(),
  name: z.string(),
  entity: z.enum(labelEntityNames),
  query: z.string(),
  requested_by: z.string(),
});

interface Cursor {
  place: PagePosition | null;
  changed: number;
}

/** Adds a label to the rows of a query, or removes it from them. */
export function labelChangeKind(change: LabelChange): TaskKind<z.infer<typeof inputSchema>, Cursor> {
  return {
    input: inputSchema,
    async *run({ label_id, name, entity, query, requested_by }, stored, tenant) {
      const { actor, fields } = await permittedActor(tenant, entity, requested_by);
      const rows = openRows(entity, query, fields);
      if (!rows.isUnderstood) throw new TaskFailed('filters_gone');
      const total = stored.total ?? (await tenant.inTenant((db) => rows.count(db)));
      const state = { cursor: stored.cursor ?? { place: null, changed: 0 }, done: stored.done };
      for await (const { ids, place } of rows.batches(
        (build) => tenant.readTenant(build),
        state.cursor.place,
      )) {
        const { done, cursor } = state;
        yield async (db) => {
          if (!(await lockLabels(db, [label_id]))) throw new TaskFailed('label_deleted');
          const changed = cursor.changed + (await changeRows(db, { change, entity, label_id, ids }));
          Object.assign(state, { cursor: { place, changed }, done: done + ids.length });
          return { ...state, total };
        };
      }
      const { changed } = state.cursor;
      yield async (db) => {
        const changes = { list: labelEntities[entity].rows, filters: rows.filters, rows: changed };
        const target = { type: 'label' as const, id: label_id, name };
        recordSelectedChange(db, actor, change, { target, changes });
        return { ...state, total };
      };
      return { changed };
    },
  };
}

/** Each slot checks again what the requester may do. */
async function permittedActor(
  tenant: TenantAccess,
  entity: LabelEntity,
  id: string,
): Promise<{ actor: Actor; fields: readonly CustomField[] }> {
  const { actor, fields } = await tenant.inTenant(async (db) => ({
    actor: await findStaffActor(db, id),
    fields: await listTenantFields(db),
  }));
  if (!actor?.permissions.has(changePermissions[entity])) throw new TaskFailed('not_permitted');
  return { actor, fields };
}

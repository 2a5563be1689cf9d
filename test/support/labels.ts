import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { labelEntities, type LabelColour, type LabelEntity } from '../../src/domain/label/label.ts';
import { fold } from '../../src/domain/text/fold.ts';
import type { TestPortal } from './portal.ts';
import { sql } from './rows.ts';

type Tenant = { readonly id: string };

/** Creates a label and adds it to rows. */
export async function createLabel(
  portal: Pick<TestPortal, 'database'>,
  tenant: Tenant,
  name: string,
  { colour = 'blue', ...rows }: { colour?: LabelColour } & Partial<Record<LabelEntity, string>> = {},
): Promise<{ id: string; name: string }> {
  const id = newId();
  await inTenant(portal.database, tenant.id, async (db) => {
    await db.insertInto('labels', { id, name, name_norm: fold(name), colour });
    for (const [entity, row] of Object.entries(rows)) {
      const { table, column } = labelEntities[entity as LabelEntity];
      await db.insertInto(table, { label_id: id, [column]: row });
    }
  });
  return { id, name };
}

/** The names of the labels of a row. */
export async function labelsOfRow(portal: TestPortal, entity: LabelEntity, id: string): Promise<string[]> {
  const { table, column } = labelEntities[entity];
  const rows = await sql<{ name: string }>(
    portal,
    `select l.name from ${table} w join labels l on l.tenant_id = w.tenant_id and l.id = w.label_id
     where w.${column} = $1 order by l.name_norm`,
    [id],
  );
  return rows.map(({ name }) => name);
}

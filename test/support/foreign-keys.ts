import type { TestPortal } from './portal.ts';
import { sql } from './rows.ts';

interface ForeignKey {
  /** `table.column`. */
  name: string;
  /** Whether an index begins with the tenant and the column. */
  is_indexed: boolean;
}

/** The columns with a foreign key to a table, in the order of their names. */
export function listForeignKeysTo(portal: TestPortal, table: string): Promise<ForeignKey[]> {
  return sql<ForeignKey>(
    portal,
    `select r.relname || '.' || a.attname as name,
       exists (select from pg_index i
         where i.indrelid = r.oid and i.indkey[1] = a.attnum
           and coalesce(pg_get_expr(i.indpred, i.indrelid) = '(' || a.attname || ' IS NOT NULL)', true)
           and i.indkey[0] = (select attnum from pg_attribute t where t.attrelid = r.oid and t.attname = 'tenant_id')
       ) as is_indexed
     from pg_constraint c
     join pg_class r on r.oid = c.conrelid
     cross join unnest(c.conkey) k (attnum)
     join pg_attribute a on a.attrelid = r.oid and a.attnum = k.attnum
     where c.contype = 'f' and c.confrelid = $1::regclass and a.attname <> 'tenant_id'
     order by 1`,
    [`app.${table}`],
  );
}

import type pg from 'pg';

const TABLES = [
  ['user_labels', 'user_id', 'users'],
  ['company_labels', 'company_id', 'companies'],
  ['rental_labels', 'rental_id', 'rentals'],
] as const;

/** One row in ten has the label "Common", and the 1,500 oldest rows have the label "Old". */
export async function fillLabels(client: pg.ClientBase, tenantId: string): Promise<void> {
  await client.query(
    `insert into labels (tenant_id, id, name, name_norm, colour)
     select $1, gen_random_uuid(), name, lower(name), 'blue' from unnest(array['Common', 'Old']) name`,
    [tenantId],
  );
  for (const [table, column, source] of TABLES)
    await client.query(
      `insert into ${table} (tenant_id, label_id, ${column})
       select l.tenant_id, l.id, r.id from labels l cross join lateral (
         select id from ${source} s
         where s.tenant_id = l.tenant_id and (l.name_norm = 'old' or hashtext(s.id::text) % 10 = 0)
         order by id limit case when l.name_norm = 'old' then 1500 end) r
       where l.tenant_id = $1
       order by 1, 2, 3`,
      [tenantId],
    );
}

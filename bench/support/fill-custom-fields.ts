import type pg from 'pg';
import { randomOf } from './generated-rows.ts';

const FIELDS = [
  ['user', 'size', 'choice', ['Small', 'Medium', 'Large']],
  ['user', 'is_vip', 'yes_no', []],
  ['user', 'born_on', 'date', []],
  ['user', 'locker', 'text', []],
  ['company', 'tier', 'choice', ['Gold', 'Silver']],
] as const;

/** Of the user `n`: four fifths are small and one in a thousand is large; half are VIPs; each has another locker. */
export const USER_VALUES = `jsonb_build_object(
  'size', case when ${randomOf('n', 11, '1000')} < 800 then 'Small' when ${randomOf('n', 11, '1000')} < 999 then 'Medium' else 'Large' end,
  'is_vip', ${randomOf('n', 12, '2')} = 0,
  'born_on', to_char(date '1940-01-01' + ${randomOf('n', 13, '25000')}::int, 'YYYY-MM-DD'),
  'locker', 'L' || n)`;

/** Of the company `n`: one in a hundred is gold. */
export const COMPANY_VALUES = `jsonb_build_object('tier', case when ${randomOf('n', 14, '100')} = 0 then 'Gold' else 'Silver' end)`;

/** Creates the fields of the values above. */
export async function createCustomFields(client: pg.ClientBase, tenantId: string): Promise<void> {
  for (const [position, [entity, code, type, choices]] of FIELDS.entries())
    await client.query(
      `insert into custom_fields (tenant_id, id, entity, code, code_norm, title, type, choices, is_searchable, position)
       values ($1, gen_random_uuid(), $2, $3, $3, $3, $4, $5, true, $6)`,
      [tenantId, entity, code, type, choices, position],
    );
}

/** Writes the index of the stored values. */
export async function indexCustomFields(client: pg.ClientBase, tenantId: string): Promise<void> {
  for (const [entity, table] of [
    ['user', 'users'],
    ['company', 'companies'],
  ])
    await client.query(
      `insert into custom_field_values_index (tenant_id, custom_field_id, value_norm, entity_id)
       select t.tenant_id, f.id, case when f.type = 'yes_no' and t.custom ->> f.code = 'true' then 'yes'
         when f.type = 'yes_no' then 'no' else lower(t.custom ->> f.code) end, t.id
       from custom_fields f join ${table} t on t.tenant_id = f.tenant_id and t.custom ? f.code
       where f.tenant_id = $1 and f.entity = $2
       order by 1, 2, 3, 4`,
      [tenantId, entity],
    );
}

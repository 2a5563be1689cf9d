import { expect } from 'chai';
import { userReferences } from '../../../src/domain/import/user-references.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

const FOREIGN_KEYS = `
  select r.relname || '.' || a.attname as name,
    exists (select from pg_index i
      where i.indrelid = r.oid and i.indkey[1] = a.attnum
        and coalesce(pg_get_expr(i.indpred, i.indrelid) = '(' || a.attname || ' IS NOT NULL)', true)
        and i.indkey[0] = (select attnum from pg_attribute t where t.attrelid = r.oid and t.attname = 'tenant_id')
    ) as is_indexed
  from pg_constraint c
  join pg_class r on r.oid = c.conrelid
  cross join unnest(c.conkey) k (attnum)
  join pg_attribute a on a.attrelid = r.oid and a.attnum = k.attnum
  where c.contype = 'f' and c.confrelid = 'app.users'::regclass and a.attname <> 'tenant_id'
  order by 1`;

describe('References to a user', () => {
  let portal: TestPortal;

  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  it('are all known to the undo of an import', async () => {
    const keys = await sql<{ name: string }>(portal, FOREIGN_KEYS);
    expect(keys.map(({ name }) => name)).to.eql(Object.keys(userReferences).sort());
  });

  it('are found by an index, so that many users can be deleted', async () => {
    const keys = await sql<{ name: string; is_indexed: boolean }>(portal, FOREIGN_KEYS);
    expect(keys.filter(({ is_indexed }) => !is_indexed).map(({ name }) => name)).to.eql([]);
  });
});

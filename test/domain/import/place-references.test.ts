import { expect } from 'chai';
import { companyReferences } from '../../../src/domain/import/company-references.ts';
import { unitReferences } from '../../../src/domain/import/unit-references.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

const FOREIGN_KEYS = `
  select r.relname || '.' || a.attname as name
  from pg_constraint c
  join pg_class r on r.oid = c.conrelid
  cross join unnest(c.conkey) k (attnum)
  join pg_attribute a on a.attrelid = r.oid and a.attnum = k.attnum
  where c.contype = 'f' and c.confrelid = $1::regclass and a.attname <> 'tenant_id'
  order by 1`;

describe('References to a company or a unit', () => {
  let portal: TestPortal;

  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  for (const [table, references] of [
    ['app.companies', companyReferences],
    ['app.units', unitReferences],
  ] as const)
    it(`in ${table} are all known to the undo of an import`, async () => {
      const keys = await sql<{ name: string }>(portal, FOREIGN_KEYS, [table]);
      expect(keys.map(({ name }) => name)).to.eql(Object.keys(references).sort());
    });
});

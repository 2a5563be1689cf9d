import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { listEarlierRows } from '../../../src/domain/import/import-rows.ts';
import { createTenant } from '../../support/factories.ts';
import { insertImport } from '../../support/import-tasks.ts';
import { startPortal, type OwnPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

const INSERT_ROWS = `
  insert into import_rows (tenant_id, import_id, line, verdict, key_norm, target_name)
  select $1, $2, n, 'create', rpad('user' || n, 200, 'x'), '' from generate_series(1, 3000) n`;

/** How many entries of the index of the keys the transaction has read. */
const READ_ENTRIES = `
  select pg_stat_get_xact_tuples_returned('app.import_rows_key'::regclass)::int as count`;

describe('The earlier rows of an import', () => {
  let portal: OwnPortal;

  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  it('are found by their keys while the table has no statistics', async () => {
    const tenant = await createTenant(portal);
    const id = await insertImport(portal, tenant, null, 'email\nada@example.com\n');
    await sql(portal, INSERT_ROWS, [tenant.id, id]);
    const keys = [2000, 5, 3000].map((n) => `user${n}`.padEnd(200, 'x'));
    await inTenant(portal.database, tenant.id, async (db) => {
      const found = await listEarlierRows(db, id, { keys, line: 2500 });
      expect(found.map(({ line }) => line)).to.eql([5, 2000]);
      const { rows } = await db.raw<{ rows: object[] }>(READ_ENTRIES);
      expect(rows).to.eql([{ count: 3 }]);
    });
  });
});

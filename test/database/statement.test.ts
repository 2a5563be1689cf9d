import { expect } from 'chai';
import { readTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { insertStatement, rawStatement } from '../../src/database/statement.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';

describe('rawStatement', () => {
  let portal: OwnPortal;

  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  it('keeps a literal question mark and the order of the values', async () => {
    const statement = { text: "select $2::text as b, 'who?' as literal, $1::text as a", values: ['a', 'b'] };
    const [{ rows }] = await readTenant(portal.database, newId(), (db) => [
      rawStatement<{ rows: unknown[] }>(db, statement),
    ]);
    expect(rows).to.eql([{ a: 'a', b: 'b', literal: 'who?' }]);
  });
});

describe('insertStatement', () => {
  it('names the columns once and numbers the values of all rows', () => {
    const rows = [
      { id: 1, name: 'one' },
      { id: 2, name: null },
    ];
    expect(insertStatement('things', rows)).to.eql({
      text: 'insert into "things" ("id", "name") values ($1, $2), ($3, $4)',
      values: [1, 'one', 2, null],
    });
  });
});

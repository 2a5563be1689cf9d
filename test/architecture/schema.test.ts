import { expect } from 'chai';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { accessRules } from './access-rules.ts';
import { readCatalog, type Catalog } from './postgres-catalog.ts';
import { WITHOUT_TENANT } from './schema-rules.ts';
import { structureRules } from './structure-rules.ts';

const rules = Object.entries({ ...structureRules, ...accessRules });

describe('the database schema', () => {
  let database: TestDatabase;
  let superuser: pg.Client;
  let catalog: Catalog;

  before(async () => {
    database = await createTestDatabase();
    superuser = new pg.Client({ connectionString: database.urls.superuser });
    await superuser.connect();
    catalog = await readCatalog(superuser);
  });
  after(async () => {
    await superuser.end();
    await database.drop();
  });

  it('contains the known tables and every table listed as having no tenant', () => {
    const names = catalog.tables.map(({ name }) => name);
    expect(names).to.include.members(['users', 'companies', 'emails', 'audit_events', 'tenants']);
    expect(Object.keys(WITHOUT_TENANT).filter((name) => !names.includes(name))).to.eql([]);
  });

  for (const [title, { check }] of rules) {
    it(title, () => expect(check(catalog)).to.eql([]));
  }

  for (const [title, { check, violation }] of rules) {
    it(`fails the check after a change that breaks the rule: ${title}`, async () => {
      await superuser.query('begin');
      try {
        await superuser.query(`set local search_path = app; ${violation}`);
        expect(check(await readCatalog(superuser))).not.to.eql([]);
      } finally {
        await superuser.query('rollback');
      }
    });
  }
});

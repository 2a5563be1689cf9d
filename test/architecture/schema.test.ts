import { expect } from 'chai';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { readCatalog, type Catalog } from './catalog.ts';
import { offences } from './schema-offences.ts';
import { schemaRules, WITHOUT_TENANT } from './schema-rules.ts';

describe('the schema', () => {
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

  it('is there at all', () => {
    const names = catalog.tables.map(({ name }) => name);
    expect(names).to.include.members(['users', 'companies', 'emails', 'audit_events', 'tenants']);
    expect(Object.keys(WITHOUT_TENANT).filter((name) => !names.includes(name))).to.eql([]);
  });

  for (const [sentence, rule] of Object.entries(schemaRules)) {
    it(sentence, () => expect(rule(catalog)).to.eql([]));
  }

  describe('notices', () => {
    // Each breaks one rule; rolled back.
    for (const [sentence, sql] of Object.entries(offences)) {
      it(`when this is broken: ${sentence}`, async () => {
        await superuser.query('begin');
        try {
          await superuser.query(`set local search_path = app; ${sql}`);
          const broken = schemaRules[sentence]!(await readCatalog(superuser));
          expect(broken, 'the rule did not notice').not.to.eql([]);
        } finally {
          await superuser.query('rollback');
        }
      });
    }

    it('whatever rule is broken', () => {
      expect(Object.keys(offences).sort()).to.eql(Object.keys(schemaRules).sort());
    });
  });
});

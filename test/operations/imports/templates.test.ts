import { expect } from 'chai';
import { createCustomField } from '../../support/factories.ts';
import { importIdOf, uploadImport } from '../../support/imports.ts';
import { startOperations, type OperationsSuite } from '../../support/operations.ts';

describe('GET /imports/templates/:kind', () => {
  let suite: OperationsSuite;
  before(async () => {
    suite = await startOperations();
  });

  it('is a file of headings, with custom fields, that can be uploaded and matches fully', async () => {
    const { portal, tenant, manager } = suite;
    await createCustomField(portal, tenant, { title: 'Gate', code: 'gate' });
    const response = await manager.get('/imports/templates/users');
    expect(response.text)
      .to.match(/^\uFEFFId,Email,First name,/)
      .and.include('Gate');
    const page = await uploadImport(manager, response.text);
    expect(importIdOf(page)).to.match(/^[0-9a-f-]{36}$/);
    const values = page.form('Check').values() as Record<string, string>;
    const chosen = Object.entries(values).filter(([name]) => name.startsWith('column_'));
    expect(chosen.length).to.be.greaterThan(10);
    expect(chosen.filter(([, value]) => value === '')).to.eql([]);
  });

  for (const kind of ['companies', 'units'])
    it(`of ${kind} matches fully`, async () => {
      const response = await suite.manager.get(`/imports/templates/${kind}`);
      const page = await uploadImport(suite.manager, response.text, { fields: { kind } });
      const values = page.form('Check').values() as Record<string, string>;
      const chosen = Object.entries(values).filter(([name]) => name.startsWith('column_'));
      expect(chosen.length).to.be.greaterThan(5);
      expect(chosen.filter(([, value]) => value === '')).to.eql([]);
    });

  it('does not exist for another kind', async () => {
    expect((await suite.manager.get('/imports/templates/planets')).status).to.equal(404);
  });
});

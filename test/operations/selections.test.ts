import { expect } from 'chai';
import { createStaffRole, signedInStaff } from '../support/factories.ts';
import { startOperations, type OperationsSuite } from '../support/operations.ts';

describe('POST /selections', () => {
  let suite: OperationsSuite;

  before(async () => {
    suite = await startOperations();
  });

  const form = { list: 'users', columns: 'name', query: '', all: '1' };

  it('sends the form on to the chosen action', async () => {
    const page = await suite.manager.visit('/users');
    const sent = await suite.manager.postFrom(page, '/selections', { ...form, action: 'add-label' });
    expect([sent.status, sent.headers['location']]).to.eql([307, '/users/labels/additions']);
  });

  it('refuses an action that the list does not have or the viewer may not take', async () => {
    const { portal, tenant, manager } = suite;
    const page = await manager.visit('/users');
    for (const action of ['', 'delete', 'https://example.com'])
      expect((await manager.postFrom(page, '/selections', { ...form, action })).status, action).to.equal(400);
    const emails = { ...form, list: 'emails', action: 'add-label' };
    expect((await manager.postFrom(page, '/selections', emails)).status).to.equal(400);
    const viewer = await signedInStaff(portal, tenant, await createStaffRole(portal, tenant, ['users.view']));
    const start = await viewer.visit('/users');
    expect((await viewer.postFrom(start, '/selections', { ...form, action: 'export' })).status).to.equal(400);
  });
});

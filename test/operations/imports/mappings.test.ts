import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createTenant, signedInStaff } from '../../support/factories.ts';
import { uploadImport } from '../../support/imports.ts';
import { startOperations, type OperationsSuite } from '../../support/operations.ts';

describe('/imports/mappings/:id/deletion', () => {
  let suite: OperationsSuite;
  before(async () => {
    suite = await startOperations();
  });

  it('deletes a saved mapping after a confirmation, and only one of the tenant', async () => {
    const { portal, tenant, manager } = suite;
    await (
      await uploadImport(manager, 'Mail 1\na@x.example\n')
    ).submit('Check', { column_0: 'email', save_as: 'Shop' });
    const page = await uploadImport(manager, 'Mail 1\na@x.example\n');
    const confirm = await page.follow('Delete mapping');
    expect(confirm.h1).to.equal('Delete the mapping Shop?');
    const other = await signedInStaff(portal, await createTenant(portal));
    expect((await other.visit(confirm.path)).status).to.equal(404);
    expect((await confirm.submit('Delete mapping')).flashes).to.eql(['Shop was deleted.']);
    expect((await manager.visit(confirm.path)).status).to.equal(404);
    const [event] = await findAuditEvents(portal, tenant, 'import_mapping.deleted');
    expect(event!.target_name).to.equal('Shop');
  });
});

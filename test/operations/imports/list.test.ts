import { expect } from 'chai';
import { createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { uploadImport } from '../../support/imports.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Imports', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('explain the list when nothing was imported', async () => {
    const page = await manager.visit('/imports');
    expect(page.h1).to.equal('Imports');
    expect(page.text).to.include('No imports yet');
    expect((await page.follow('Import a file')).h1).to.equal('Import a file');
  });

  it('are listed with file, kind, state and uploader', async () => {
    await uploadImport(manager);
    const [row] = (await manager.visit('/imports')).rows('users.csv');
    expect(row).to.include('Users').and.include('Uploaded').and.include(manager.person.name);
    expect((await manager.visit('/imports?state=imported')).text).to.include('No imports match');
  });

  it('are not those of another tenant', async () => {
    const other = await createTenant(portal);
    const staff = await signedInStaff(portal, other);
    expect((await staff.visit('/imports')).text).to.include('No imports yet');
  });

  it('need the permission and a login', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    for (const path of ['/imports', '/imports/new']) {
      expect((await driver.visit(path)).status).to.equal(403);
      expect((await new Visitor(portal, tenant.operations).visit(path)).path).to.equal('/login');
    }
  });
});

import { expect } from 'chai';
import { companyReferences } from '../../../src/domain/company-import/company-references.ts';
import { accountReferences, rentalReferences } from '../../../src/domain/rental-import/rental-references.ts';
import { unitReferences } from '../../../src/domain/unit-import/unit-references.ts';
import { userReferences } from '../../../src/domain/user-import/user-references.ts';
import { listForeignKeysTo } from '../../support/foreign-keys.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('References to imported rows', () => {
  let portal: TestPortal;

  before(async () => {
    portal = await sharedPortal();
  });

  for (const [table, references] of Object.entries({
    users: userReferences,
    companies: companyReferences,
    units: unitReferences,
    rentals: rentalReferences,
    billing_accounts: accountReferences,
  }))
    it(`to ${table} are all known to the undo of an import`, async () => {
      const keys = await listForeignKeysTo(portal, table);
      expect(keys.map(({ name }) => name)).to.eql(Object.keys(references).sort());
    });

  it('to users are found by an index, so that many users can be deleted', async () => {
    const keys = await listForeignKeysTo(portal, 'users');
    expect(keys.filter(({ is_indexed }) => !is_indexed).map(({ name }) => name)).to.eql([]);
  });
});

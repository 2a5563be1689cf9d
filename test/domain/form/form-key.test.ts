import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { newId } from '../../../src/database/new-id.ts';
import { findFirst, keysOfUser, newFormKey } from '../../../src/domain/form/form-key.ts';
import { FormBeingSaved } from '../../../src/errors.ts';
import { createTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('findFirst', () => {
  let portal: TestPortal;

  before(async () => {
    portal = await sharedPortal();
  });

  it('throws FormBeingSaved when the first submission was not committed', async () => {
    const { id } = await createTenant(portal);
    const submission = { kind: 'company', key: newFormKey(), path: '/', fields: {} } as const;
    const found: unknown = await inTenant(portal.database, id, (db) =>
      findFirst(keysOfUser(db, newId()), submission),
    ).catch((error: unknown) => error);
    expect(found).to.be.instanceOf(FormBeingSaved);
  });
});

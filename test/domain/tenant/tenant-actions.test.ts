import { expect } from 'chai';
import { asPlatform } from '../../../src/database/as-platform.ts';
import { newId } from '../../../src/database/new-id.ts';
import { systemActor } from '../../../src/domain/actor.ts';
import { resumeTenant, suspendTenant } from '../../../src/domain/tenant/tenant-actions.ts';
import { NotFound } from '../../../src/errors.ts';
import { createTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

const actor = systemActor('The test');

describe('suspendTenant and resumeTenant', () => {
  let portal: TestPortal;
  before(async () => {
    portal = await sharedPortal();
  });

  const change = (action: typeof suspendTenant, id: string) =>
    asPlatform(portal.database, (db) => action(db, actor, id));

  it('change the status and record one event each when called twice', async () => {
    const { id } = await createTenant(portal);
    expect([await change(suspendTenant, id), await change(suspendTenant, id)]).to.deep.equal([true, false]);
    const stored = await portal.owner.query('select status from tenants where id = $1', [id]);
    expect(stored.rows).to.deep.equal([{ status: 'suspended' }]);
    expect([await change(resumeTenant, id), await change(resumeTenant, id)]).to.deep.equal([true, false]);
    const { rows } = await portal.owner.query<{ event: string }>(
      `select event from audit_events where tenant_id = $1 and target_type = 'tenant' order by id`,
      [id],
    );
    expect(rows.map(({ event }) => event).filter((event) => event !== 'tenant.created')).to.deep.equal([
      'tenant.suspended',
      'tenant.resumed',
    ]);
  });

  it('throw NotFound if the tenant does not exist', async () => {
    const error = await change(suspendTenant, newId()).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(NotFound);
  });
});

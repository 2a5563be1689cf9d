import { expect } from 'chai';
import { inTenant } from '../../../../src/database/in-tenant.ts';
import { newId } from '../../../../src/database/new-id.ts';
import { insertSandbox } from '../../../../src/domain/gateway/gateway-actions.ts';
import { findEventNamesOf } from '../../../support/audit.ts';
import { createTenant, signedInStaff, type TestTenant } from '../../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../../support/operations.ts';
import type { TestPortal } from '../../../support/portal.ts';
import { sql } from '../../../support/rows.ts';
import { Visitor } from '../../../support/visitor.ts';

const EVENTS = '/settings/payments/events';

describe('/settings/payments/events', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const insert = (type: string, state: 'done' | 'failed', reason: string | null = null) =>
    inTenant(portal.database, tenant.id, async (db) => {
      const [id, gateway_id] = [newId(), await gatewayOf(db)];
      const values = { gateway_id, event_id: `evt_${id}`, object_id: 'pi_1', sent_at: new Date() };
      await db.insertInto('gateway_events', {
        id,
        ...values,
        type,
        state,
        reason,
        attempts: 9,
        due_at: null,
      });
      return id;
    });
  let gatewayId: string | undefined;
  const gatewayOf = async (db: Parameters<typeof insertSandbox>[0]) =>
    (gatewayId ??= await insertSandbox(db));
  const stored = async (id: string) => {
    const columns = 'state, due_at is not null as is_due';
    return (await sql(portal, `select ${columns} from gateway_events where id = $1`, [id]))[0];
  };

  it('explains the empty list', async () => {
    const page = await (await manager.visit('/settings/payments')).follow('Events received');
    expect(page.path).to.equal(EVENTS);
    expect(page.text).to.include('No events yet');
  });

  it('lists the latest first and filters by state', async () => {
    await insert('charge.succeeded', 'done');
    await insert('charge.failed', 'failed', 'The charge could not be read');
    const page = await manager.visit(EVENTS);
    expect(page.rows()[0]).to.include('charge.failed').and.include('The charge could not be read');
    expect(page.rows()[1]).to.include('charge.succeeded').and.include('Done');
    const failed = await manager.visit(`${EVENTS}?state=failed`);
    expect(failed.rows()).to.have.length(1);
    expect(await manager.visit(`${EVENTS}?state=ignored`))
      .to.have.property('text')
      .that.includes('No events match');
  });

  it('shows an event and processes a failed one again', async () => {
    const id = await insert('refund.failed', 'failed', 'No response');
    const page = await (await manager.visit(EVENTS)).follow('refund.failed');
    expect(page.text).to.include('pi_1').and.include('Sandbox').and.include('No response');
    const after = await page.submit('Try again');
    expect(after.flashes).to.eql(['The event is processed again now.']);
    expect(await stored(id)).to.eql({ state: 'received', is_due: true });
    expect(await findEventNamesOf(portal, id)).to.eql(['gateway_event.retried']);
    expect(after.buttons).not.to.include('Try again');
    // The button of a page that was opened before.
    const again = await page.submit('Try again');
    expect(again.flashes).to.eql(['The event has not failed. It was left as it is.']);
  });

  it('redirects anonymous users to the login page, is forbidden without the permission, and 404 elsewhere', async () => {
    const id = await insert('charge.succeeded', 'done');
    const staff = await signedInStaff(portal, tenant, 'admin');
    const other = await signedInStaff(portal, await createTenant(portal));
    for (const path of [EVENTS, `${EVENTS}/${id}`]) {
      expect((await new Visitor(portal, tenant.operations).get(path)).status).to.equal(303);
      expect((await staff.get(path)).status).to.equal(403);
    }
    expect((await other.get(`${EVENTS}/${id}`)).status).to.equal(404);
  });
});

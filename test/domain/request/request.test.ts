import { expect } from 'chai';
import { NotFound } from '../../../src/errors.ts';
import { actAs, systemActor, type Actor } from '../../../src/domain/actor.ts';
import type { Owner } from '../../../src/domain/billing-account/billing-account.ts';
import {
  approveRequest,
  declineRequest,
  withdrawRequest,
} from '../../../src/domain/request/decide-request.ts';
import { findRequest } from '../../../src/domain/request/request-queries.ts';
import {
  requestMoveOut,
  requestNameChange,
  requestTransfer,
} from '../../../src/domain/request/send-request.ts';
import { withdrawNotice } from '../../../src/domain/rental/notice.ts';
import {
  createCompany,
  createCustomer,
  createStaff,
  createTenant,
  type TestPerson,
  type TestTenant,
} from '../../support/factories.ts';
import { findEventNamesOf } from '../../support/audit.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';

describe('requests of customers', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let rentals: TestRentals;
  let user: TestPerson;
  let customer: Actor;
  const TODAY = '2026-05-20';

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
    user = await createCustomer(portal, tenant);
    customer = actAs(systemActor('Tests'), { ...user, audience: 'customer', name: 'Ann' });
  });

  const codeOf = (result: { ok: boolean; errors?: readonly { code: string }[] }) =>
    result.ok ? 'ok' : result.errors![0]!.code;

  const start = async () => accepted(await rentals.moveIn('2026-05-01')).rental;

  const askMoveOut = (rental_id: string, wanted_on: string, owner: Owner = rentals.owner) =>
    rentals.on(TODAY, (db, billing) =>
      requestMoveOut(db, customer, billing, owner, { rental_id, wanted_on, comment: null }),
    );

  const approve = (id: string, to_unit_id: string | null = null) =>
    rentals.on(TODAY, (db, billing) =>
      approveRequest(db, billingActor, billing, id, { to_unit_id, price: 150_00n, deposit: 0n }),
    );

  const read = (id: string) => rentals.on(TODAY, async (db) => (await findRequest(db, id))!);

  it('to move out keep the shown sum and give notice when they are approved', async () => {
    const rental = await start();
    expect(await askMoveOut(rental.id, '2026-06-02')).to.deep.include({
      errors: [{ field: 'wanted_on', code: 'notice_too_short', params: { day: '2026-06-03', count: 14 } }],
    });
    expect(codeOf(await askMoveOut(rental.id, '2027-05-21'))).to.equal('date_too_late');
    const { request } = accepted(await askMoveOut(rental.id, '2026-06-15'));
    expect(await read(request.id)).to.include({ status: 'requested', shown_cents: 50_00n });
    expect(codeOf(await askMoveOut(rental.id, '2026-06-16'))).to.equal('request_open');
    accepted(await approve(request.id));
    expect(await read(request.id)).to.include({ status: 'approved' });
    expect(await rentals.rental(rental.id)).to.include({ ends_on: '2026-06-15', status: 'active' });
    expect(codeOf(await approve(request.id))).to.equal('request_closed');
    accepted(await rentals.complete('2026-06-15', rental.id));
    expect(await read(request.id)).to.include({ status: 'completed' });
  });

  it('to move out are cancelled when the notice is withdrawn', async () => {
    const rental = await start();
    const { request } = accepted(await askMoveOut(rental.id, '2026-06-15'));
    accepted(await approve(request.id));
    accepted(await rentals.on(TODAY, (db, billing) => withdrawNotice(db, billingActor, billing, rental.id)));
    expect(await read(request.id)).to.include({ status: 'cancelled', reason: 'The notice was withdrawn' });
  });

  it('of another owner are not found and change nothing', async () => {
    const rental = await start();
    const other = { company_id: (await createCompany(portal, tenant)).id };
    const caught = await askMoveOut(rental.id, '2026-06-15', other).catch((error: unknown) => error);
    expect(caught).to.be.instanceOf(NotFound);
    const { request } = accepted(await askMoveOut(rental.id, '2026-06-15'));
    for (const owner of [other, { user_id: customer.id! }]) {
      const withdrawal = rentals.on(TODAY, (db, billing) =>
        withdrawRequest(db, customer, billing, owner, request.id),
      );
      expect(await withdrawal.catch((error: unknown) => error)).to.be.instanceOf(NotFound);
    }
    expect(await read(request.id)).to.include({ status: 'requested' });
  });

  it('are declined with a reason, or withdrawn before staff decide', async () => {
    const rental = await start();
    const first = accepted(await askMoveOut(rental.id, '2026-06-15')).request;
    accepted(
      await rentals.on(TODAY, (db, billing) =>
        declineRequest(db, billingActor, billing, first.id, 'Contract'),
      ),
    );
    expect(await read(first.id)).to.include({ status: 'declined', reason: 'Contract' });
    const second = accepted(await askMoveOut(rental.id, '2026-06-15')).request;
    const withdraw = () =>
      rentals.on(TODAY, (db, billing) => withdrawRequest(db, customer, billing, rentals.owner, second.id));
    accepted(await withdraw());
    expect(await findEventNamesOf(portal, first.id)).to.eql(['request.sent', 'request.declined']);
    expect(await findEventNamesOf(portal, second.id)).to.eql(['request.sent', 'request.withdrawn']);
    expect(codeOf(await withdraw())).to.equal('request_closed');
    expect(codeOf(await approve(second.id))).to.equal('request_closed');
    expect(await rentals.rental(rental.id)).to.include({ ends_on: null });
  });

  it('to move to a unit of a type need a unit to be approved', async () => {
    const rental = await start();
    const unit = await rentals.unit();
    const ask = (wanted_on: string) =>
      rentals.on(TODAY, (db, billing) =>
        requestTransfer(db, customer, billing, rentals.owner, {
          rental_id: rental.id,
          wanted_on,
          comment: 'More room',
          to_unit_id: null,
          to_unit_type_id: unit.type.id,
        }),
      );
    expect(codeOf(await ask('2026-06-02'))).to.equal('notice_too_short');
    const { request } = accepted(await ask('2026-06-10'));
    expect(codeOf(await approve(request.id))).to.equal('required');
    expect(await read(request.id)).to.include({ status: 'requested' });
    accepted(await approve(request.id, unit.id));
    expect(await read(request.id)).to.include({ status: 'approved' });
    expect(await rentals.rental(rental.id)).to.include({ ends_on: '2026-06-09', status: 'active' });
  });

  const emails = () =>
    sql<Record<string, string>>(
      portal,
      `select template, to_address as to, variables ->> 'path' as path, variables ->> 'unit_code' as unit
       from emails where tenant_id = $1 and audience = 'customer' order by template, to_address`,
      [tenant.id],
    );

  it('of a company are confirmed and declined to the person who sent them', async () => {
    const rental = await start();
    const path = `/account/companies/${rentals.company.id}/units/${rental.id}`;
    const { request } = accepted(await askMoveOut(rental.id, '2026-06-15'));
    accepted(
      await rentals.on(TODAY, (db, billing) =>
        declineRequest(db, billingActor, billing, request.id, 'Contract'),
      ),
    );
    const expected = { to: user.email, path, unit: rental.unit_code };
    expect(await emails()).to.eql([
      { template: 'requestDeclined', ...expected },
      { template: 'requestReceived', ...expected },
    ]);
  });

  it('of a company that are approved are told to its billing address and to the person, once each', async () => {
    const rental = await start();
    for (const [address, expected] of [
      ['pay@x.example', ['pay@x.example', user.email]],
      [user.email, [user.email]],
    ] as const) {
      await sql(portal, 'update companies set billing_emails = array[$2] where id = $1', [
        rentals.company.id,
        address,
      ]);
      const { request } = accepted(await askMoveOut(rental.id, '2026-06-15'));
      await sql(portal, 'delete from emails where tenant_id = $1', [tenant.id]);
      accepted(await approve(request.id));
      const told = await emails();
      expect(told.map(({ to }) => to)).to.have.members([...expected]);
      expect(told.every(({ template }) => template === 'moveOutScheduled')).to.equal(true);
      accepted(
        await rentals.on(TODAY, (db, billing) => withdrawNotice(db, billingActor, billing, rental.id)),
      );
    }
  });

  it('alert staff who asked for it, with a link to the request', async () => {
    const staff = await createStaff(portal, tenant);
    await sql(portal, 'update users set alerts_of_requests = true where id = $1', [staff.id]);
    const rental = await start();
    const { request } = accepted(await askMoveOut(rental.id, '2026-06-15'));
    const alerts = await sql(
      portal,
      `select to_address as to, variables ->> 'path' as path from emails
       where tenant_id = $1 and template = 'requestAlert'`,
      [tenant.id],
    );
    expect(alerts).to.eql([{ to: staff.email, path: `/requests/${request.id}` }]);
  });

  it('of a suspended tenant send no emails', async () => {
    const rental = await start();
    const { request } = accepted(await askMoveOut(rental.id, '2026-06-15'));
    await sql(portal, 'delete from emails where tenant_id = $1', [tenant.id]);
    accepted(
      await rentals.on(
        TODAY,
        (db, billing) => declineRequest(db, billingActor, billing, request.id, 'Contract'),
        { sends_emails: false },
      ),
    );
    expect(await emails()).to.eql([]);
  });

  it('to move to another unit are refused for a company on hold', async () => {
    const rental = await start();
    const unit = await rentals.unit();
    await sql(portal, `update companies set status = 'on_hold' where id = $1`, [rentals.company.id]);
    const values = { rental_id: rental.id, wanted_on: '2026-06-10', comment: null };
    const choice = { to_unit_id: null, to_unit_type_id: unit.type.id };
    const asked = await rentals.on(TODAY, (db, billing) =>
      requestTransfer(db, customer, billing, rentals.owner, { ...values, ...choice }),
    );
    expect(codeOf(asked)).to.equal('company_not_active');
    expect(codeOf(await askMoveOut(rental.id, '2026-06-15'))).to.equal('ok');
  });

  it('to change a name are declined with an email to the person', async () => {
    const { request } = accepted(
      await rentals.on(TODAY, (db) =>
        requestNameChange(db, customer, { first_name: 'Anna', last_name: 'Berg', comment: null }),
      ),
    );
    accepted(
      await rentals.on(TODAY, (db, billing) =>
        declineRequest(db, billingActor, billing, request.id, 'Send us a copy of your passport'),
      ),
    );
    await portal.runMail();
    const mail = await portal.mailbox.next(user.email);
    expect(mail.subject).to.equal('Your request to change your name was declined');
    expect(mail.text)
      .to.include('Your request to change your name was declined.')
      .and.include('Send us a copy of your passport')
      .and.include('/account/profile')
      .and.not.include('unit');
  });

  it('to change a name change it when they are approved', async () => {
    const ask = () =>
      rentals.on(TODAY, (db) =>
        requestNameChange(db, customer, { first_name: 'Anna', last_name: 'Berg', comment: null }),
      );
    const { request } = accepted(await ask());
    expect(codeOf(await ask())).to.equal('name_request_open');
    accepted(await approve(request.id));
    expect(await read(request.id)).to.include({ status: 'completed', user_name: 'Anna Berg' });
  });
});

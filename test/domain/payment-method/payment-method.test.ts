import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { turnOffAutopay, turnOnAutopay, nextCharge } from '../../../src/domain/payment-method/autopay.ts';
import { completeMethod } from '../../../src/domain/payment-method/complete-method.ts';
import { isExpired } from '../../../src/domain/payment-method/payment-method.ts';
import {
  addMethod,
  continueMethods,
  makeDefault,
  openMethodPage,
} from '../../../src/domain/payment-method/payment-method-actions.ts';
import { listMethods } from '../../../src/domain/payment-method/payment-method-queries.ts';
import { refreshMethod } from '../../../src/domain/payment-method/refresh-method.ts';
import { detachMethod, removeMethod } from '../../../src/domain/payment-method/remove-method.ts';
import { describePayments } from '../../support/gateway-payments.ts';
import { billingActor } from '../../support/money.ts';

describePayments('payment methods', (payments) => {
  const tenantId = () => payments().tenant.id;
  const stored = async () => {
    const { rows } = await payments().portal.owner.query<Record<string, unknown>>(
      'select id, brand, last4, status, is_default, gateway_session_id from payment_methods where tenant_id = $1 order by id',
      [tenantId()],
    );
    return rows;
  };
  const methodOf = async (id: string) => (await stored()).find((row) => row['id'] === id)!;
  const externalId = async (id: string) => {
    const { rows } = await payments().portal.owner.query<{ external_id: string }>(
      'select external_id from payment_methods where id = $1',
      [id],
    );
    return rows[0]!.external_id;
  };
  const openNew = async (values: { replaces_id?: string } = {}) => {
    const account = await payments().withAccount((each) => Promise.resolve(each.account));
    const method_id = await payments().run((db) =>
      addMethod(db, billingActor, {
        account_id: account.id,
        gateway_id: payments().gatewayId,
        type: 'card',
        ...values,
      }),
    );
    await openMethodPage(payments().deps, tenantId(), method_id, {
      returnUrl: `https://acme.example/account/billing/payment-methods/${method_id}`,
      cancelUrl: 'https://acme.example/account/billing',
      locale: 'en',
    });
    const { gateway_session_id } = await methodOf(method_id);
    return { id: method_id, session: gateway_session_id as string };
  };
  const complete = (id: string) => completeMethod(payments().deps, tenantId(), id);
  const remove = (id: string, default_id: string | null = null) =>
    payments().run((db, billing) => removeMethod(db, billingActor, billing, { id, default_id }));
  const turnOn = () =>
    payments().withAccount(({ db, billing, account }) => turnOnAutopay(db, billingActor, billing, account));
  const next = () => payments().withAccount(({ db, billing, account }) => nextCharge(db, billing, account));

  it('are added when the customer has completed the page, once', async () => {
    const { id, session } = await openNew();
    expect(await complete(id)).to.equal('adding');
    payments().gateway.addOnPage(session);
    expect(await Promise.all([complete(id), complete(id)])).to.eql(['active', 'active']);
    expect(await methodOf(id)).to.include({ brand: 'Visa', last4: '4242', is_default: false });
    const { rows } = await payments().portal.owner.query(
      `select 1 from audit_events where tenant_id = $1 and event = 'payment_method.added'`,
      [tenantId()],
    );
    expect(rows).to.have.length(1);
  });

  it('are added by the event of the page', async () => {
    const { id, session } = await openNew();
    payments().gateway.addOnPage(session);
    await payments().receiveEvent(session, 'session.completed');
    expect((await methodOf(id))['status']).to.equal('active');
  });

  it('of a page that the payment service did not open are not added', async () => {
    payments().gateway.failNext('openSetupPage', 'no_response');
    const { id, session } = await openNew();
    expect(session).to.equal(null);
    expect((await methodOf(id))['status']).to.equal('failed');
  });

  it('are the default if they are the first', async () => {
    await payments().portal.owner.query('delete from payment_methods where tenant_id = $1', [tenantId()]);
    const { id, session } = await openNew();
    payments().gateway.addOnPage(session);
    await complete(id);
    expect((await methodOf(id))['is_default']).to.equal(true);
  });

  it('replace the default, which is then removed at the gateway', async () => {
    const former = payments().methodId;
    const { id, session } = await openNew({ replaces_id: former });
    payments().gateway.addOnPage(session);
    await turnOn();
    await complete(id);
    expect(await payments().events()).to.include.members([
      'payment_method.added',
      'payment_method.made_default',
      'payment_method.removed',
    ]);
    expect(await methodOf(id)).to.include({ status: 'active', is_default: true });
    expect(await methodOf(former)).to.include({ status: 'removed', is_default: false });
    expect(payments().gateway.methods.get(await externalId(former))!.facts.state).to.equal('gone');
    expect(await payments().emails('autopayChanged')).to.have.length(1);
  });

  it('of a page that was left for a day are abandoned', async () => {
    const { id } = await openNew();
    await continueMethods(payments().deps, tenantId());
    expect((await methodOf(id))['status']).to.equal('adding');
    await payments().portal.owner.query(
      `update payment_methods set created_at = created_at - interval '25 hours' where id = $1`,
      [id],
    );
    await continueMethods(payments().deps, tenantId());
    expect((await methodOf(id))['status']).to.equal('abandoned');
  });

  it('that are being removed are not charged, and are removed at the gateway later if it does not respond', async () => {
    const { methodId } = payments();
    await remove(methodId);
    expect(await methodOf(methodId)).to.include({ status: 'removing', is_default: false });
    const { id } = await payments().issue(120_00n);
    const started = await payments().start([{ invoice_id: id, amount_cents: 120_00n }]);
    expect(started).to.deep.include({ errors: [{ field: 'method', code: 'method_unusable' }] });
    payments().gateway.failNext('detachMethod', 'cut_before_effect');
    await detachMethod(payments().deps, tenantId(), methodId).catch(() => undefined);
    expect((await methodOf(methodId))['status']).to.equal('removing');
    await continueMethods(payments().deps, tenantId());
    expect(await methodOf(methodId)).to.include({ status: 'removed', brand: 'Visa', last4: '4242' });
    expect(await payments().emails('paymentMethodRemoved')).to.have.length(1);
  });

  it('turn off autopay when the default is removed, unless another one becomes the default', async () => {
    const { methodId } = payments();
    const other = await payments().addMethod();
    await turnOn();
    await remove(methodId, other);
    expect((await methodOf(other))['is_default']).to.equal(true);
    expect(await payments().emails('autopayChanged')).to.have.length(1);
    await remove(other);
    const emails = await payments().emails('autopayChanged');
    expect(emails.map(({ is_on }) => is_on)).to.eql(['true', 'false']);
  });

  it('of another account cannot become the default', async () => {
    const result = await remove(payments().methodId, crypto.randomUUID());
    expect(result).to.deep.include({ errors: [{ field: 'default_id', code: 'method_unusable' }] });
    await remove(payments().methodId);
    const again = await payments().run((db, billing) =>
      makeDefault(db, billingActor, billing, payments().methodId),
    );
    expect(again).to.deep.include({ errors: [{ field: 'method', code: 'method_unusable' }] });
  });

  it('of a bank account are active when it is verified', async () => {
    const id = await payments().addMethod();
    await payments().portal.owner.query(`update payment_methods set status = 'verifying' where id = $1`, [
      id,
    ]);
    await refreshMethod(payments().deps, tenantId(), id);
    expect((await methodOf(id))['status']).to.equal('active');
  });

  it('have the new expiry when the gateway has renewed the card', async () => {
    const { methodId } = payments();
    const external = await externalId(methodId);
    await payments().portal.owner.query(
      `update payment_methods set exp_month = 1, exp_year = 2026, status = 'needs_attention', expiry_warned_days = 7 where id = $1`,
      [methodId],
    );
    const method = payments().gateway.methods.get(external)!;
    method.facts = { ...method.facts, exp_month: 2, exp_year: 2033 };
    await payments().receiveEvent(external, 'method.updated');
    const { rows } = await payments().portal.owner.query(
      'select exp_month, exp_year, status, expiry_warned_days from payment_methods where id = $1',
      [methodId],
    );
    expect(rows).to.eql([{ exp_month: 2, exp_year: 2033, status: 'active', expiry_warned_days: null }]);
  });

  it('expire after the last day of their month', () => {
    const card = { exp_month: 2, exp_year: 2028 };
    expect(isExpired(card, { today: '2028-02-29' })).to.equal(false);
    expect(isExpired(card, { today: '2028-03-01' })).to.equal(true);
    expect(isExpired({ exp_month: null, exp_year: null }, { today: '2028-03-01' })).to.equal(false);
  });

  it('are listed with the default first and without those that were removed', async () => {
    const other = await payments().addMethod();
    await openNew();
    const list = await payments().withAccount(({ db, account }) =>
      Promise.resolve(listMethods(db, account.id)),
    );
    expect(list.map(({ id }) => id)).to.eql([payments().methodId, other]);
  });

  describe('with autopay', () => {
    it('are charged for what is due first, without its disputed part', async () => {
      expect(await next()).to.equal(undefined);
      await turnOn();
      await turnOn();
      expect(await next()).to.equal(undefined);
      const first = await payments().issue(120_00n, { due_on: '2031-03-01' });
      await payments().issue(50_00n, { due_on: '2031-03-01' });
      await payments().issue(70_00n, { due_on: '2031-04-01' });
      await payments().portal.owner.query('update invoices set disputed_cents = 2000 where id = $1', [
        first.id,
      ]);
      expect(await next()).to.deep.include({ on: '2031-03-01', amount_cents: 150_00n });
      expect(await payments().emails('autopayChanged')).to.have.length(1);
    });

    it('are charged today for what is overdue, and not for what a payment is on its way', async () => {
      const { today } = await payments().run((_, billing) => Promise.resolve(billing));
      await turnOn();
      const { id } = await payments().issue(120_00n, { due_on: '2026-01-01' });
      expect(await next()).to.deep.include({ on: today, amount_cents: 120_00n });
      await payments().startOne([{ invoice_id: id, amount_cents: 120_00n }]);
      expect(await next()).to.equal(undefined);
    });

    it('are needed to turn it on, and it can be turned off', async () => {
      await turnOn();
      await payments().withAccount(({ db, billing, account }) =>
        turnOffAutopay(db, billingActor, billing, account),
      );
      const emails = await payments().emails('autopayChanged');
      expect(emails.map(({ is_on }) => is_on)).to.eql(['true', 'false']);
      expect(await payments().events()).to.eql(['autopay.turned_on', 'autopay.turned_off']);
      await remove(payments().methodId);
      expect(await turnOn()).to.deep.include({ errors: [{ field: 'autopay', code: 'no_default_method' }] });
    });
  });

  it('create the customer at the gateway once', async () => {
    await openNew();
    await openNew();
    const { rows } = await inTenant(payments().portal.database, tenantId(), (db) =>
      db.raw<{ rows: unknown[] }>('select 1 from gateway_customers where tenant_id = ?', [tenantId()]),
    );
    expect(rows).to.have.length(1);
    expect(payments().gateway.calls.filter((call) => call === 'createCustomer')).to.have.length(1);
  });
});

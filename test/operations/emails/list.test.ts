import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import {
  createCustomer,
  createTenant,
  signedInStaff,
  type TestPerson,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { queueTestEmail } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Emails', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const send = async (person: TestPerson) => {
    await queueTestEmail(portal, tenant, person);
    await portal.runMail();
  };

  describe('GET /emails', () => {
    it('explains the list when there are no emails', async () => {
      const staff = await signedInStaff(portal, await createTenant(portal));
      expect((await staff.visit('/emails')).text).to.include('No emails yet');
    });

    it('shows each email with state, reason and recipient', async () => {
      const ada = await createCustomer(portal, tenant);
      await queueTestEmail(portal, tenant, ada, { state: 'failed', reason: '550 No such mailbox' });
      const list = await (await manager.visit('/')).follow('Emails');
      const row = list.rows(ada.email)[0];
      expect(row).to.include('Reset password').and.include('Failed').and.include('550 No such mailbox');
      expect(list.href(ada.email)).to.equal(`/users/${ada.id}`);
    });

    it('shows the state accepted, not delivered, after the mail server accepted the email', async () => {
      const ada = await createCustomer(portal, tenant);
      await send(ada);
      const row = (await manager.visit('/emails')).rows(ada.email)[0];
      expect(row).to.include('Accepted').and.not.include('Delivered');
    });

    it('filters by state and by the beginning of the address', async () => {
      const ada = await createCustomer(portal, tenant, { email: 'zoe.one@example.com' });
      const zoe = await createCustomer(portal, tenant, { email: 'zoe.two@example.com' });
      await queueTestEmail(portal, tenant, ada, { state: 'failed', reason: 'Mailbox full' });
      await queueTestEmail(portal, tenant, zoe, { state: 'suppressed', reason: 'The account is disabled' });
      const all = await manager.visit('/emails');
      const both = await all.submit('Search', { Search: 'ZOE.' });
      expect(both.rows()).to.have.length(2);
      const one = await both.submit('Search', { state: 'failed' });
      expect(one.rows()).to.have.length(1);
      expect(one.rows()[0]).to.include('zoe.one@example.com');
      const several = await both.submit('Search', { state: ['failed', 'suppressed'] });
      expect(several.rows()).to.have.length(2);
      const none = await one.submit('Search', { Search: 'unknown' });
      expect(none.text).to.include('No emails match');
      expect((await none.follow('Clear filters')).url).to.equal('/emails');
    });

    it('offers the states that the portal records, and none of those that only a bounce would tell', async () => {
      const list = await manager.visit('/emails');
      const states = list.findAll('input[name=state]').map((box) => box.getAttribute('value'));
      expect(states).to.deep.equal(['queued', 'deferred', 'accepted', 'failed', 'suppressed', 'expired']);
      expect((await manager.visit('/emails?state=bounced')).flashes).to.have.length(1);
    });

    it('finds a Unicode address by its Unicode form', async () => {
      const jo = await createCustomer(portal, tenant, { email: 'jo@xn--mnchen-3ya.example' });
      await queueTestEmail(portal, tenant, jo);
      const list = await manager.visit('/emails');
      for (const typed of ['jo@münchen.example', 'Jo@MÜNCHEN.example', 'jo＠münchen。example']) {
        const found = await list.submit('Search', { Search: typed });
        expect(found.rows('jo@münchen.example'), typed).to.have.length(1);
      }
    });

    it('ignores invalid filters', async () => {
      for (const query of [
        'state=sent',
        'state[]=queued',
        'q=%25',
        'q=%00',
        'after=x',
        'state=queued&state=failed',
      ]) {
        expect((await manager.visit(`/emails?${query}`)).status, query).to.equal(200);
      }
    });

    it('pages through emails, newest first', async () => {
      const many = await createTenant(portal);
      const staff = await signedInStaff(portal, many);
      const person = await createCustomer(portal, many);
      const rows = Array.from({ length: 30 }, (_, n) => [newId(Date.now() - n * 1000), n]);
      for (const [id, n] of rows) {
        await portal.owner.query(
          `insert into emails (tenant_id, id, template, user_id, audience, to_address, message_id, state, due_at)
           values ($1, $2, 'resetPassword', $3, 'customer', $4, 'x', 'accepted', null)`,
          [many.id, id, person.id, `n${n}@example.com`],
        );
      }
      const first = await staff.visit('/emails');
      expect(first.rows()[0]).to.include('n0@');
      const second = await first.follow('Next');
      expect(second.rows()).to.have.length(5);
      expect((await second.follow('Previous')).rows()[24]).to.include('n24@');
    });

    it('does not list the emails of another tenant', async () => {
      const other = await createTenant(portal);
      const person = await createCustomer(portal, other);
      await queueTestEmail(portal, other, person);
      expect((await manager.visit('/emails')).text).to.not.include(person.email);
    });

    it('hides the link "Emails" from a Driver and returns 403', async () => {
      const driver = await signedInStaff(portal, tenant, 'driver');
      expect((await driver.visit('/customers/companies')).links).to.not.include('Emails');
      expect((await driver.get('/emails')).status).to.equal(403);
    });

    it('redirects anonymous users to the login page', async () => {
      expect((await new Visitor(portal, tenant.operations).visit('/emails')).path).to.equal('/login');
    });
  });
});

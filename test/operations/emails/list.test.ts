import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { newId } from '../../../src/database/new-id.ts';
import type { EmailName } from '../../../src/domain/email/email-templates.ts';
import { queueEmail } from '../../../src/domain/email/queue-email.ts';
import {
  createCustomer,
  createTenant,
  signedInStaff,
  type TestPerson,
  type TestTenant,
} from '../../support/factories.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Emails', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
  });
  after(() => portal.close());

  const queue = (person: TestPerson, template: EmailName = 'resetPassword', at = tenant) =>
    inTenant(portal.database, at.id, (db) =>
      queueEmail(db, { template, user_id: person.id, audience: 'customer', to_address: person.email }),
    );
  const send = async (person: TestPerson, template?: EmailName) => {
    const id = await queue(person, template);
    await portal.runMail();
    return id;
  };
  const mark = (id: string, state: string, reason: string | null = null) =>
    portal.owner.query('update emails set state = $2, reason = $3, due_at = null where id = $1', [
      id,
      state,
      reason,
    ]);

  describe('the list', () => {
    it('says what comes here while there are none', async () => {
      const staff = await signedInStaff(portal, await createTenant(portal));
      expect((await staff.visit('/emails')).text).to.include('No emails yet');
    });

    it('shows each email with its state, its reason and whom it is for', async () => {
      const ada = await createCustomer(portal, tenant);
      await mark(await queue(ada), 'failed', '550 No such mailbox');
      const list = await (await manager.visit('/')).follow('Emails');
      const row = list.rows(ada.email)[0];
      expect(row).to.include('resetPassword').and.include('failed').and.include('550 No such mailbox');
      expect(list.href(ada.email)).to.equal(`/users/${ada.id}`);
    });

    it('never calls delivered what the mail server only accepted', async () => {
      const ada = await createCustomer(portal, tenant);
      await send(ada);
      const row = (await manager.visit('/emails')).rows(ada.email)[0];
      expect(row).to.include('accepted').and.not.include('delivered');
    });

    it('filters by state and by the beginning of the address', async () => {
      const ada = await createCustomer(portal, tenant, { email: 'zoe.one@example.com' });
      const zoe = await createCustomer(portal, tenant, { email: 'zoe.two@example.com' });
      await mark(await queue(ada), 'bounced', 'Mailbox full');
      await mark(await queue(zoe), 'suppressed', 'The account is disabled');
      const all = await manager.visit('/emails');
      const both = await all.submit('Filter', { Search: 'ZOE.' });
      expect(both.rows()).to.have.length(2);
      const one = await both.submit('Filter', { State: 'bounced' });
      expect(one.rows()).to.have.length(1);
      expect(one.rows()[0]).to.include('zoe.one@example.com');
      const none = await one.submit('Filter', { Search: 'nobody' });
      expect(none.text).to.include('No emails match');
      expect((await none.follow('Clear filters')).url).to.equal('/emails');
    });

    it('takes odd filters for none', async () => {
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

    it('goes through many emails page by page, newest first', async () => {
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
  });

  describe('one email', () => {
    it('shows what was sent, its link masked, in a frame that can do nothing', async () => {
      const ada = await createCustomer(portal, tenant);
      const id = await send(ada);
      const { link } = await portal.mailbox.next(ada.email);
      const page = await manager.visit(`/emails/${id}`);
      expect(page.h1).to.include('Reset your');
      expect(page.text).to.include('token=••••').and.not.include(new URL(link).searchParams.get('token')!);
      expect(page.headers['content-security-policy']).to.include("frame-src 'self'");
      const frame = page.find('iframe')!;
      expect(frame.getAttribute('sandbox')).to.equal('');

      const html = await manager.get(frame.getAttribute('src')!);
      expect(html.text).to.include('Reset').and.not.include(new URL(link).searchParams.get('token')!);
      expect(html.headers['content-security-policy']).to.equal(
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; " +
          "frame-ancestors 'self'; base-uri 'none'; sandbox",
      );
      expect(html.headers['cache-control']).to.equal('no-store');
    });

    it('says so when nothing was written yet, and has no HTML then', async () => {
      const ada = await createCustomer(portal, tenant);
      const id = await queue(ada);
      await mark(id, 'suppressed', 'The account is disabled');
      expect((await manager.visit(`/emails/${id}`)).text).to.include('Nothing was written yet');
      expect((await manager.get(`/emails/${id}/html`)).status).to.equal(404);
    });
  });

  describe('Send again', () => {
    it('sends a new email with a new link, and leads to it', async () => {
      const ada = await createCustomer(portal, tenant);
      const id = await send(ada);
      const first = await portal.mailbox.next(ada.email);
      const again = await (await manager.visit(`/emails/${id}`)).submit('Send again');
      expect(again.path)
        .to.match(/^\/emails\/[0-9a-f-]{36}$/)
        .and.not.equal(`/emails/${id}`);
      expect(again.flashes[0]).to.equal(`Sent again to ${ada.email}.`);
      expect(again.href('The earlier email')).to.equal(`/emails/${id}`);
      expect((await portal.mailbox.next(ada.email)).link).to.not.equal(first.link);
    });

    it('sends one more when the button is pressed twice', async () => {
      const ada = await createCustomer(portal, tenant);
      const id = await send(ada);
      const page = await manager.visit(`/emails/${id}`);
      const answers = await Promise.all([1, 2, 3].map(() => manager.postFrom(page, `/emails/${id}/resend`)));
      expect(answers.map((answer) => answer.status)).to.have.members([303, 422, 422]);
    });

    it('is not offered while the email is still on its way', async () => {
      const ada = await createCustomer(portal, tenant);
      portal.mailbox.mode = 'defer';
      const id = await send(ada);
      portal.mailbox.mode = 'accept';
      const page = await manager.visit(`/emails/${id}`);
      expect(page.badges).to.include('deferred');
      expect(page.buttons).to.not.include('Send again');
      const answer = await manager.postFrom(page, `/emails/${id}/resend`);
      expect(answer.status).to.equal(422);
      expect(answer.text).to.include('It was not sent again.');
      expect((await manager.visit(`/emails/${id}/resend`)).path).to.equal(`/emails/${id}`);
    });
  });

  describe('whoever may not', () => {
    it('neither sees emails nor sends them', async () => {
      const id = await send(await createCustomer(portal, tenant));
      const driver = await signedInStaff(portal, tenant, 'driver');
      const page = await driver.visit('/customers/companies');
      expect(page.links).to.not.include('Emails');
      for (const path of [
        '/emails',
        `/emails/${id}`,
        `/emails/${id}/html`,
        '/emails/preview/accountActivation',
      ]) {
        expect((await driver.get(path)).status, path).to.equal(403);
      }
      expect((await driver.postFrom(page, `/emails/${id}/resend`)).status).to.equal(403);
      expect((await new Visitor(portal, tenant.operations).visit(`/emails/${id}`)).path).to.equal('/login');
    });

    it("finds nothing at another tenant's email, nor at what is no id", async () => {
      const other = await createTenant(portal);
      const id = await queue(await createCustomer(portal, other), 'resetPassword', other);
      const page = await manager.visit('/emails');
      for (const each of [id, newId(), 'abc']) {
        expect((await manager.get(`/emails/${each}`)).status).to.equal(404);
        expect((await manager.get(`/emails/${each}/html`)).status).to.equal(404);
        expect((await manager.postFrom(page, `/emails/${each}/resend`)).status).to.equal(404);
      }
    });
  });
});

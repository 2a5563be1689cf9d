import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { newId } from '../../../src/database/new-id.ts';
import { queueEmail } from '../../../src/domain/email/queue-email.ts';
import {
  createCustomer,
  createStaff,
  createTenant,
  signedInStaff,
  signIn,
  type TestPerson,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { queueTestEmail, sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('An email', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const send = async (person: TestPerson) => {
    const id = await queueTestEmail(portal, tenant, person);
    await portal.runMail();
    return id;
  };

  const queueStaffEmail = async ({ id, email }: TestPerson) => {
    const mail = { template: 'resetPassword', user_id: id, audience: 'staff', to_address: email } as const;
    const emailId = await inTenant(portal.database, tenant.id, (db) => queueEmail(db, mail));
    await portal.runMail();
    return emailId;
  };
  const latestEmail = async (userId: string) => {
    const text = 'select id from emails where user_id = $1 order by id desc limit 1';
    return (await sql<{ id: string }>(portal, text, [userId]))[0]!.id;
  };

  describe('GET /emails/:id', () => {
    it('is named after its template until it is rendered', async () => {
      const ada = await createCustomer(portal, tenant);
      const page = await manager.visit(`/emails/${await queueTestEmail(portal, tenant, ada)}`);
      expect(page.h1).to.equal('Reset password');
      expect(page.text).to.not.include('resetPassword');
    });

    it('shows the sent email with a masked link in a sandboxed frame', async () => {
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
        `default-src 'none'; style-src 'unsafe-inline'; img-src http://${tenant.account}; form-action 'none'; ` +
          "frame-ancestors 'self'; base-uri 'none'; sandbox",
      );
      expect(html.headers['cache-control']).to.equal('no-store');
    });

    it('names who asked for the email', async () => {
      const ada = await createCustomer(portal, tenant, { password: null });
      const nameless = await createStaff(portal, tenant, { first_name: null, last_name: null });
      const staff = await signIn(portal, tenant.operations, nameless);
      await (await staff.visit(`/users/${ada.id}`)).submit('Send invitation email');
      const byStaff = await latestEmail(ada.id);
      expect((await manager.visit(`/emails/${byStaff}`)).text).to.include(`Requested by ${nameless.email}`);

      const form = await new Visitor(portal, tenant.account).visit('/account/forgot-password');
      await form.submit('Send password reset email', { 'Email address': ada.email });
      await portal.runMail();
      const byAnyone = await latestEmail(ada.id);
      expect((await manager.visit(`/emails/${byAnyone}`)).text).to.include(
        'Requested by Someone not logged in',
      );
    });

    it('shows an empty state and returns 404 for the HTML when the email has no content', async () => {
      const ada = await createCustomer(portal, tenant);
      const outcome = { state: 'suppressed', reason: 'The account is disabled' } as const;
      const id = await queueTestEmail(portal, tenant, ada, outcome);
      expect((await manager.visit(`/emails/${id}`)).text).to.include('Not written yet');
      expect((await manager.get(`/emails/${id}/html`)).status).to.equal(404);
    });
  });

  describe('POST /emails/:id/resend', () => {
    it('sends a new email with a new link and redirects to the new email', async () => {
      const ada = await createCustomer(portal, tenant);
      const id = await send(ada);
      const first = await portal.mailbox.next(ada.email);
      const again = await (await manager.visit(`/emails/${id}`)).submit('Send again');
      expect(again.path)
        .to.match(/^\/emails\/[0-9a-f-]{36}$/)
        .and.not.equal(`/emails/${id}`);
      expect(again.flashes[0]).to.equal(`The email has been sent again to ${ada.email}.`);
      expect(again.href('The earlier email')).to.equal(`/emails/${id}`);
      expect((await portal.mailbox.next(ada.email)).link).to.not.equal(first.link);
    });

    it('sends one email when the form is submitted several times at once', async () => {
      const ada = await createCustomer(portal, tenant);
      const id = await send(ada);
      const page = await manager.visit(`/emails/${id}`);
      const responses = await Promise.all(
        [1, 2, 3].map(() => manager.postFrom(page, `/emails/${id}/resend`)),
      );
      expect(responses.map((response) => response.status)).to.have.members([303, 422, 422]);
    });

    it('refuses to resend an email that is still due', async () => {
      const ada = await createCustomer(portal, tenant);
      portal.mailbox.mode = 'defer';
      const id = await send(ada);
      portal.mailbox.mode = 'accept';
      const page = await manager.visit(`/emails/${id}`);
      expect(page.badges).to.include('Deferred');
      expect(page.buttons).to.not.include('Send again');
      const response = await manager.postFrom(page, `/emails/${id}/resend`);
      expect(response.status).to.equal(422);
      expect(response.text).to.include('The email was not sent again.');
      expect((await manager.visit(`/emails/${id}/resend`)).path).to.equal(`/emails/${id}`);
    });
  });

  describe('permissions', () => {
    it('lets only staff who may manage the team resend an email to staff', async () => {
      const admin = await signedInStaff(portal, tenant, 'admin');
      const colleague = await createStaff(portal, tenant, { role: 'driver' });
      const mail = await queueStaffEmail(colleague);
      const page = await admin.visit(`/emails/${mail}`);
      expect(page.status).to.equal(200);
      expect(page.buttons).to.not.include('Send again');
      const response = await admin.postFrom(page, `/emails/${mail}/resend`);
      expect(response.status).to.equal(403);
      expect(response.text).to.include('Ask a Manager for a role with this permission: Manage the team.');
      expect((await manager.visit(`/emails/${mail}`)).buttons).to.include('Send again');
    });

    it('returns 403 to a Driver', async () => {
      const id = await send(await createCustomer(portal, tenant));
      const driver = await signedInStaff(portal, tenant, 'driver');
      for (const path of [`/emails/${id}`, `/emails/${id}/html`])
        expect((await driver.get(path)).status, path).to.equal(403);
      const page = await driver.visit('/customers/companies');
      expect((await driver.postFrom(page, `/emails/${id}/resend`)).status).to.equal(403);
    });

    it('redirects anonymous users to the login page', async () => {
      const id = await send(await createCustomer(portal, tenant));
      for (const path of [`/emails/${id}`, `/emails/${id}/html`])
        expect((await new Visitor(portal, tenant.operations).visit(path)).path, path).to.equal('/login');
    });

    it('returns 404 for an email of another tenant and for an invalid id', async () => {
      const other = await createTenant(portal);
      const id = await queueTestEmail(portal, other, await createCustomer(portal, other));
      const page = await manager.visit('/emails');
      for (const each of [id, newId(), 'abc']) {
        expect((await manager.get(`/emails/${each}`)).status).to.equal(404);
        expect((await manager.get(`/emails/${each}/html`)).status).to.equal(404);
        expect((await manager.postFrom(page, `/emails/${each}/resend`)).status).to.equal(404);
      }
    });
  });
});

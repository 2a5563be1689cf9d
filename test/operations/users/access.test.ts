import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { findAuditEvents } from '../../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createStaff,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Access of a user', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  /** A customer who has no password yet. */
  const addCustomer = (fields: Parameters<typeof createCustomer>[2] = {}) =>
    createCustomer(portal, tenant, { password: null, email_verified_at: null, ...fields });

  describe('POST /users/:id/emails', () => {
    it('sends a reset link to a user without a password', async () => {
      const ada = await addCustomer();
      const page = await (await manager.visit(`/users/${ada.id}`)).submit('Send password reset email');
      expect(page.flashes).to.deep.equal([`A password reset email has been sent to ${ada.email}.`]);
      const mail = await portal.mailbox.next(ada.email);
      expect(mail.subject).to.include('Reset your');
      expect(mail.link).to.include(`http://${tenant.account}/account/reset-password?token=`);
    });

    it('queues one email when the form is submitted several times at once', async () => {
      const ada = await addCustomer();
      const page = await manager.visit(`/users/${ada.id}`);
      const send = () => manager.postFrom(page, `/users/${ada.id}/emails`, { template: 'accountActivation' });
      const responses = await Promise.all([send(), send(), send()]);
      expect(responses.map(({ status }) => status)).to.have.members([303, 422, 422]);
      expect((await manager.visit(`/users/${ada.id}`)).findAll('a[href^="/emails/"]')).to.have.length(1);
    });

    it('says for how long the same email is not sent again', async () => {
      const ada = await addCustomer();
      const page = await manager.visit(`/users/${ada.id}`);
      await page.submit('Send invitation email');
      const again = await page.submit('Send invitation email');
      expect(again.status).to.equal(422);
      expect(again.text).to.match(
        /This email was sent a moment ago\. You can send another in ([12]?\d|30) seconds?\./,
      );
      expect(again.flashes).to.deep.equal([]);
      const other = await again.submit('Send password reset email');
      expect(other.flashes).to.deep.equal([`A password reset email has been sent to ${ada.email}.`]);
    });

    it('names the company in an invitation and in an activation email', async () => {
      const company = await createCompany(portal, tenant, { name: 'Engines & Sons' });
      for (const button of ['Send invitation email', 'Send activation email']) {
        const ada = await addCustomer({ company });
        await (await manager.visit(`/users/${ada.id}`)).submit(button);
        const mail = await portal.mailbox.next(ada.email);
        expect(mail.text, button).to.include('Engines & Sons');
        if (button.includes('invitation')) expect(mail.text).to.include(manager.person.name);
      }
    });

    it('refuses emails to disabled users, activation emails to active users and unknown templates', async () => {
      const off = await createCustomer(portal, tenant, { status: 'disabled' });
      const active = await createCustomer(portal, tenant);
      const refusals = [
        [off, 'resetPassword', `${off.name} is disabled. Enable the login first.`],
        [
          active,
          'accountActivation',
          `${active.name} is already active. Send a password reset email instead.`,
        ],
        [
          active,
          'accountInvitation',
          `${active.name} is already active. Send a password reset email instead.`,
        ],
        [active, 'passwordChanged', 'Select an email template'],
      ] as const;
      for (const [person, template, message] of refusals) {
        const page = await manager.visit(`/users/${person.id}`);
        expect(page.buttons).to.not.include('Send activation email');
        const response = await manager.postFrom(page, `/users/${person.id}/emails`, { template });
        const refused = await manager.arrive(`/users/${person.id}/emails`, response);
        expect(refused.status).to.equal(422);
        expect(refused.errors).to.deep.equal([message]);
      }
    });
  });

  describe('POST /users/:id/invitation-revocation', () => {
    it('revokes the link of the invitation and suppresses later reset emails', async () => {
      const ada = await addCustomer();
      await (await manager.visit(`/users/${ada.id}`)).submit('Send invitation email');
      const { link } = await portal.mailbox.next(ada.email);
      const page = await (await manager.visit(`/users/${ada.id}`)).submit('Revoke invitation');
      expect(page.badges).to.include('Revoked');
      expect(page.buttons).to.not.include('Revoke invitation');
      const visitor = new Visitor(portal, tenant.account);
      expect((await visitor.visit(link)).status).to.equal(410);

      const forgot = await visitor.visit('/account/forgot-password');
      await forgot.submit('Send password reset email', { username: ada.email });
      await portal.runMail();
      const rows = await portal.owner.query(
        `select state, reason from emails where to_address = $1 and template = 'resetPassword'`,
        [ada.email],
      );
      expect(rows.rows).to.deep.equal([{ state: 'suppressed', reason: 'The invitation was revoked' }]);
      await page.submit('Send activation email');
      expect((await manager.visit(`/users/${ada.id}`)).badges).to.include('Invited');
    });
  });

  it('records the revocation of an invitation in the audit log', async () => {
    const ada = await createCustomer(portal, tenant, { password: null, access: 'no_access' });
    const page = await (await manager.visit(`/users/${ada.id}`)).submit('Send invitation email');
    await page.submit('Revoke invitation');
    const events = await findAuditEvents(portal, tenant, 'user.invitation_revoked');
    expect(events.at(-1)).to.deep.include({ actor_name: manager.person.name, target_name: ada.name });
  });

  describe('POST /users/:id/deactivation', () => {
    it('asks for confirmation, revokes login sessions and links, and can be reversed', async () => {
      const customer = await signedInCustomer(portal, tenant);
      const { person } = customer;
      await (await manager.visit(`/users/${person.id}`)).submit('Send password reset email');
      const { link } = await portal.mailbox.next(person.email);

      const confirmation = await (await manager.visit(`/users/${person.id}`)).follow('Disable login');
      expect(confirmation.h1).to.equal(`Disable the login of ${person.name}?`);
      expect((await customer.visit('/account')).path).to.equal('/account');
      const page = await confirmation.submit('Disable login');
      expect(page.flashes).to.deep.equal([`${person.name} can no longer log in.`]);
      expect(page.badges).to.include('Disabled');
      expect(page.text).to.include('User disabled');
      expect((await customer.visit('/account')).path).to.equal('/account/login');
      expect((await new Visitor(portal, tenant.account).visit(link)).status).to.equal(410);
      expect((await manager.visit(`/users/${person.id}/deactivation`)).path).to.equal(`/users/${person.id}`);

      const enabled = await page.submit('Enable login');
      expect(enabled.badges).to.include('Enabled').and.not.include('Disabled');
      expect(enabled.text).to.include('User enabled');
      expect((await customer.visit('/account')).path).to.equal('/account/login');
      expect((await new Visitor(portal, tenant.account).visit(link)).status).to.equal(410);
    });
  });

  describe('permissions', () => {
    it('lets only Manager and Admin disable or enable a login', async () => {
      const ada = await addCustomer();
      for (const [role, isOpen] of [
        ['manager', true],
        ['admin', true],
        ['operations', false],
        ['driver', false],
      ] as const) {
        const staff = await signedInStaff(portal, tenant, role);
        const page = await staff.visit(`/users/${ada.id}`);
        expect(page.links.includes('Disable login'), role).to.equal(isOpen);
        expect((await staff.visit(`/users/${ada.id}/deactivation`)).status, role).to.equal(
          isOpen ? 200 : 403,
        );
        if (isOpen) continue;
        expect((await staff.postFrom(page, `/users/${ada.id}/deactivation`)).status, role).to.equal(403);
        expect((await staff.postFrom(page, `/users/${ada.id}/activation`)).status, role).to.equal(403);
      }
    });

    it('returns 403 to a Driver for emails and revocations', async () => {
      const ada = await addCustomer();
      const driver = await signedInStaff(portal, tenant, 'driver');
      const page = await driver.visit(`/users/${ada.id}`);
      for (const path of ['emails', 'invitation-revocation'])
        expect((await driver.postFrom(page, `/users/${ada.id}/${path}`)).status, path).to.equal(403);
    });

    it('redirects anonymous users to the login page', async () => {
      const ada = await addCustomer();
      const visitor = new Visitor(portal, tenant.operations);
      expect((await visitor.visit(`/users/${ada.id}/deactivation`)).path).to.equal('/login');
    });

    it('returns 404 for staff, for customers of another tenant and for unknown ids', async () => {
      const foreign = await createCustomer(portal, await createTenant(portal));
      const staff = await createStaff(portal, tenant);
      const page = await manager.visit('/users');
      for (const id of [foreign.id, staff.id, newId(), 'abc']) {
        expect((await manager.visit(`/users/${id}/deactivation`)).status, id).to.equal(404);
        for (const path of ['emails', 'invitation-revocation', 'deactivation', 'activation']) {
          const body = { template: 'resetPassword' };
          expect((await manager.postFrom(page, `/users/${id}/${path}`, body)).status, path).to.equal(404);
        }
      }
    });
  });
});

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
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

describe('A user', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
  });
  after(() => portal.close());

  /** Somebody who has been added and has no password yet. */
  const addCustomer = (fields: Parameters<typeof createCustomer>[2] = {}) =>
    createCustomer(portal, tenant, { password: null, email_verified_at: null, ...fields });

  describe('the page', () => {
    it('tells who it is, of which companies, in which roles', async () => {
      const company = await createCompany(portal, tenant, { name: 'Analytical Engines Ltd' });
      const ada = await addCustomer({ phone: '+44 20 7946 0000', company, roles: ['orders', 'view_only'] });
      const page = await manager.visit(`/users/${ada.id}`);
      expect(page.h1).to.equal(ada.name);
      expect(page.badges).to.deep.equal(['Enabled', 'Not verified', 'No access', 'Not verified']);
      expect(page.text).to.include('+44 20 7946 0000').and.include('Orders, View only');
      expect(page.href('Analytical Engines Ltd')).to.equal(`/customers/companies/${company.id}`);
    });

    it('is headed by the address of somebody without a name, and greets them with Hello', async () => {
      const nameless = await addCustomer({ first_name: null, last_name: null });
      const page = await manager.visit(`/users/${nameless.id}`);
      expect(page.h1).to.equal(nameless.email);
      expect(page.find('textarea')!.text).to.match(/^\s*Hello,/);
    });

    it('offers the letter in the language of the customer', async () => {
      const sara = await addCustomer({ first_name: 'سارة', locale: 'ar' });
      const letter = (await manager.visit(`/users/${sara.id}`)).find('textarea')!.text;
      expect(letter).to.include('«هل نسيت كلمة المرور؟»');
      expect(letter).to.include(`http://${tenant.account}/account/login`);
    });

    it('shows the mails with what became of them, and what was done by whom', async () => {
      const ada = await addCustomer();
      const sent = await (await manager.visit(`/users/${ada.id}`)).submit('Send activation email');
      expect(sent.flashes).to.deep.equal([`An activation email is on its way to ${ada.email}.`]);
      expect(sent.badges).to.include('Invited');
      expect(sent.rows('accountActivation-EJS')[0]).to.match(/queued|accepted/);
      expect(sent.text).to.include(`Email queued by ${manager.person.name}`);
      await portal.runMail();
      const page = await manager.visit(`/users/${ada.id}`);
      const mail = page.rows('Activate your')[0]!;
      expect(mail).to.include('accepted');
      expect(page.href(`Activate your ${tenant.name} account`)).to.match(/^\/emails\/[0-9a-f-]{36}$/);
    });

    it('shows the audit log and the mails only to whom they are open', async () => {
      const ada = await addCustomer();
      const driver = await (await signedInStaff(portal, tenant, 'driver')).visit(`/users/${ada.id}`);
      expect(driver.text).to.not.include('History').and.not.include('Recent emails');
      expect(driver.text).to.include('How to log in');
      expect(driver.buttons).to.deep.equal(['Log out']);
      expect(driver.links).to.not.include.members(['Edit', 'Disable login']);
    });

    it('is not found for staff, for strangers and for ids of nobody', async () => {
      const other = await createTenant(portal);
      const foreign = await createCustomer(portal, other);
      const staff = await createStaff(portal, tenant);
      for (const id of [foreign.id, staff.id, newId(), 'new-id', '1', '%00', 'undefined']) {
        for (const path of [`/users/${id}`, `/users/${id}/edit`, `/users/${id}/deactivation`])
          expect((await manager.visit(path)).status, path).to.equal(404);
      }
      const page = await manager.visit('/users');
      const writes = ['', '/emails', '/invitation-revocation', '/deactivation', '/activation'];
      for (const path of writes) {
        const body = { template: 'resetPassword' };
        const answer = await manager.postFrom(page, `/users/${foreign.id}${path}`, body);
        expect(answer.status, path).to.equal(404);
      }
    });
  });

  describe('mails by hand', () => {
    it('reset the password of somebody who never had one, and let them in', async () => {
      const ada = await addCustomer();
      const page = await (await manager.visit(`/users/${ada.id}`)).submit('Send password reset email');
      expect(page.flashes).to.deep.equal([`A password reset email is on its way to ${ada.email}.`]);
      const mail = await portal.mailbox.next(ada.email);
      expect(mail.subject).to.include('Reset your');
      expect(mail.link).to.include(`http://${tenant.account}/account/reset-password?token=`);
    });

    it('are queued once for two clicks at once', async () => {
      const ada = await addCustomer();
      const page = await manager.visit(`/users/${ada.id}`);
      const send = () => manager.postFrom(page, `/users/${ada.id}/emails`, { template: 'accountActivation' });
      expect((await Promise.all([send(), send(), send()])).map(({ status }) => status)).to.eql([
        303, 303, 303,
      ]);
      expect((await manager.visit(`/users/${ada.id}`)).findAll('a[href^="/emails/"]')).to.have.length(1);
    });

    it('name the company in an invitation', async () => {
      const company = await createCompany(portal, tenant, { name: 'Engines & Sons' });
      const ada = await addCustomer({ company });
      await (await manager.visit(`/users/${ada.id}`)).submit('Send invitation email');
      const mail = await portal.mailbox.next(ada.email);
      expect(mail.text).to.include('Engines & Sons').and.include(manager.person.name);
    });

    it('are not sent to the disabled, and no activation to the active', async () => {
      const off = await createCustomer(portal, tenant, { status: 'disabled' });
      const active = await createCustomer(portal, tenant);
      const tries = [
        [off, 'resetPassword', `${off.name} is disabled. Enable the login first.`],
        [
          active,
          'accountActivation',
          `${active.name} is active already. Send a password reset email instead.`,
        ],
        [
          active,
          'accountInvitation',
          `${active.name} is active already. Send a password reset email instead.`,
        ],
        [active, 'passwordChanged', 'Select an email'],
      ] as const;
      for (const [person, template, sentence] of tries) {
        const page = await manager.visit(`/users/${person.id}`);
        expect(page.buttons).to.not.include('Send activation email');
        const answer = await manager.postFrom(page, `/users/${person.id}/emails`, { template });
        const refused = await manager.arrive(`/users/${person.id}/emails`, answer);
        expect(refused.status).to.equal(422);
        expect(refused.errors).to.deep.equal([sentence]);
      }
    });

    it('are followed by an audit event when the invitation is revoked', async () => {
      const ada = await addCustomer();
      const page = await (await manager.visit(`/users/${ada.id}`)).submit('Send invitation email');
      await page.submit('Revoke invitation');
      const events = await findAuditEvents(portal, tenant, 'user.invitation_revoked');
      expect(events.at(-1)).to.deep.include({ actor_name: manager.person.name, target_name: ada.name });
    });

    it('stop working when the invitation is revoked, also the one still on its way', async () => {
      const ada = await addCustomer();
      await (await manager.visit(`/users/${ada.id}`)).submit('Send invitation email');
      const { link } = await portal.mailbox.next(ada.email);
      const page = await (await manager.visit(`/users/${ada.id}`)).submit('Revoke invitation');
      expect(page.badges).to.include('Revoked');
      expect(page.buttons).to.not.include('Revoke invitation');
      const visitor = new Visitor(portal, tenant.account);
      expect((await visitor.visit(link)).status).to.equal(410);

      const asked = await visitor.visit('/account/forgot-password');
      await asked.submit('Send password reset email', { username: ada.email });
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

  describe('Disable login', () => {
    it('asks first, then ends sign-ins and links at once, and can be undone', async () => {
      const customer = await signedInCustomer(portal, tenant);
      const { person } = customer;
      await (await manager.visit(`/users/${person.id}`)).submit('Send password reset email');
      const { link } = await portal.mailbox.next(person.email);

      const question = await (await manager.visit(`/users/${person.id}`)).follow('Disable login');
      expect(question.h1).to.equal(`Disable the login of ${person.name}?`);
      expect((await customer.visit('/account')).path).to.equal('/account');
      const page = await question.submit('Disable login');
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

    it('is open to Managers and Admins alone', async () => {
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
  });

  describe('Edit', () => {
    const edit = async (id: string, fields: Record<string, string>) =>
      (await (await manager.visit(`/users/${id}`)).follow('Edit')).submit('Save changes', fields);

    it('changes the name, which is found and sorted by at once, and says who did', async () => {
      const ada = await addCustomer();
      const page = await edit(ada.id, { 'First name': 'Augusta', 'Last name': 'King', Language: 'العربية' });
      expect(page.path).to.equal(`/users/${ada.id}`);
      expect(page.h1).to.equal('Augusta King');
      expect(page.flashes).to.deep.equal(['Augusta King was changed.']);
      expect(page.text).to.include('Arabic').and.include(`User changed by ${manager.person.name}`);
      expect((await manager.visit('/users?q=augusta king')).rows('Augusta King')).to.have.length(1);
    });

    it('says when there was nothing to change', async () => {
      const ada = await addCustomer();
      const page = await edit(ada.id, {});
      expect(page.flashes).to.deep.equal(['There was nothing to change.']);
      expect(page.text).to.not.include('User changed');
    });

    it('leaves nobody without a name who had one, and half a name to nobody', async () => {
      const ada = await addCustomer();
      const page = await edit(ada.id, { 'First name': '', 'Last name': ' ' });
      expect(page.status).to.equal(422);
      expect(page.errors).to.deep.equal(['Enter a first name', 'Enter a last name']);

      const nameless = await addCustomer({ first_name: null, last_name: null });
      expect((await edit(nameless.id, { Phone: '+44 20 7946 0000' })).h1).to.equal(nameless.email);
      expect((await edit(nameless.id, { 'First name': 'Grace' })).errors).to.deep.equal([
        'Enter a last name',
      ]);
      expect((await edit(nameless.id, { 'First name': 'Grace', 'Last name': 'Hopper' })).h1).to.equal(
        'Grace Hopper',
      );
    });

    it('moves somebody to another address: nothing of the old one counts, and both are told', async () => {
      const customer = await signedInCustomer(portal, tenant);
      const { person } = customer;
      const email = `new.${person.email}`;
      const form = await (await manager.visit(`/users/${person.id}`)).follow('Edit');
      const page = await form.submit('Save changes', { Email: email.toUpperCase() });
      expect(page.flashes).to.deep.equal([`${person.name} was changed. Mail goes to ${email} from now on.`]);
      expect(page.badges).to.include('Not verified');
      expect(page.text).to.include('Email changed');
      expect((await customer.visit('/account')).path).to.equal('/account/login');
      expect((await portal.mailbox.next(email)).subject).to.include('Confirm your email address');
      const told = await portal.mailbox.next(person.email);
      expect(told.subject).to.equal(`Your ${tenant.name} email address was changed`);
      expect(told.text).to.include(`from ${person.email} to ${email}`);
    });

    it('withdraws an invitation that went to the old address, and sends nothing by itself', async () => {
      const ada = await addCustomer();
      await (await manager.visit(`/users/${ada.id}`)).submit('Send invitation email');
      const { link } = await portal.mailbox.next(ada.email);
      const page = await edit(ada.id, { Email: `moved.${ada.email}` });
      expect(page.badges).to.include('No access');
      expect((await new Visitor(portal, tenant.account).visit(link)).status).to.equal(410);
      await portal.runMail();
      expect(portal.mailbox.messages.filter(({ to }) => to === `moved.${ada.email}`)).to.deep.equal([]);
    });

    it('refuses the address of somebody else, and keeps what was typed', async () => {
      const [ada, grace] = [await addCustomer(), await addCustomer()];
      const page = await edit(ada.id, { Email: grace.email.toUpperCase(), Phone: '+1 555 0100' });
      expect(page.status).to.equal(422);
      expect(page.errors).to.deep.equal(['A user with this email address already exists']);
      expect(page.href('View this user')).to.equal(`/users/${grace.id}`);
      expect(page.form('Save changes').values()).to.deep.include({ phone: '+1 555 0100' });
      expect((await manager.visit(`/users/${ada.id}`)).text).to.not.include('+1 555 0100');
    });

    it('loses nothing when two people change the same user', async () => {
      const ada = await addCustomer({ first_name: 'Ada', last_name: 'Byron' });
      const admin = await signedInStaff(portal, tenant, 'admin');
      const mine = await manager.visit(`/users/${ada.id}/edit`);
      const theirs = await admin.visit(`/users/${ada.id}/edit`);
      await theirs.submit('Save changes', { 'Last name': 'Lovelace', Phone: '+44 20 7946 0001' });

      const stale = await mine.submit('Save changes', { 'First name': 'Augusta' });
      expect(stale.status).to.equal(422);
      expect(stale.errors[0]).to.match(new RegExp(`^${admin.person.name} changed Ada Lovelace meanwhile`));
      expect(stale.form('Save changes').values()).to.deep.include({
        first_name: 'Augusta',
        last_name: 'Byron',
      });
      expect(stale.text)
        .to.include('Now: Lovelace')
        .and.include('Now: Ada')
        .and.include('Now: +44 20 7946 0001');
      expect((await manager.visit(`/users/${ada.id}`)).h1).to.equal('Ada Lovelace');

      const page = await stale.submit('Save changes', { 'Last name': 'Lovelace' });
      expect(page.h1).to.equal('Augusta Lovelace');
    });

    it('does nothing for what its form does not ask', async () => {
      const ada = await addCustomer();
      const form = await manager.visit(`/users/${ada.id}/edit`);
      const values = form.form('Save changes').values();
      const more = {
        status: 'disabled',
        access: 'active',
        audience: 'staff',
        email_verified_at: '2020-01-01',
      };
      expect((await manager.postFrom(form, `/users/${ada.id}`, { ...values, ...more })).status).to.equal(303);
      const page = await manager.visit(`/users/${ada.id}`);
      expect(page.badges).to.include.members(['Enabled', 'Not verified', 'No access']);
    });

    it('is not open to a Driver', async () => {
      const ada = await addCustomer();
      const driver = await signedInStaff(portal, tenant, 'driver');
      const page = await driver.visit(`/users/${ada.id}`);
      expect((await driver.visit(`/users/${ada.id}/edit`)).status).to.equal(403);
      expect((await driver.postFrom(page, `/users/${ada.id}`, { first_name: 'X' })).status).to.equal(403);
      expect((await driver.postFrom(page, `/users/${ada.id}/emails`)).status).to.equal(403);
    });
  });
});

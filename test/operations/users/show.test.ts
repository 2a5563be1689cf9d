import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import {
  createCompany,
  createCustomField,
  createCustomer,
  createStaff,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql, userRow } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('A user', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  /** A customer who has no password yet. */
  const addCustomer = (fields: Parameters<typeof createCustomer>[2] = {}) =>
    createCustomer(portal, tenant, { password: null, email_verified_at: null, ...fields });

  describe('a person with one name', () => {
    const ONE = 'This person has one name';

    it('is created and changed without a last name', async () => {
      const form = await manager.visit('/users/new');
      const page = await form.submit('Create user', {
        'First name': 'Teller',
        Email: 'teller@x.example',
        [ONE]: true,
      });
      expect(page.h1).to.equal('Teller');
      const edit = await page.follow('Edit');
      expect(edit.form('Save changes').values()).to.deep.include({ last_name: '', has_one_name: '1' });
      expect((await edit.submit('Save changes', { Phone: '+49 30 1234567' })).flashes).to.deep.equal([
        'Teller was changed.',
      ]);
      const named = await (
        await manager.visit(edit.path)
      ).submit('Save changes', { 'Last name': 'Raymond', [ONE]: false });
      expect(named.h1).to.equal('Teller Raymond');
    });

    it('needs the box or a last name, and not both', async () => {
      const form = await manager.visit('/users/new');
      const values = { 'First name': 'Teller', Email: 'raymond@x.example' };
      expect((await form.submit('Create user', values)).errors).to.deep.equal(['Enter a last name']);
      const both = await form.submit('Create user', { ...values, 'Last name': 'Raymond', [ONE]: true });
      expect(both.errors).to.deep.equal(['Remove the last name, or untick the box for one name']);
    });
  });

  describe('GET /users/:id', () => {
    it('shows details, states, companies and roles', async () => {
      const company = await createCompany(portal, tenant, { name: 'Analytical Engines Ltd' });
      const ada = await addCustomer({
        phone: '+44 20 7946 0000',
        company,
        roles: ['accounts_payable', 'view_only'],
      });
      const page = await manager.visit(`/users/${ada.id}`);
      expect(page.h1).to.equal(ada.name);
      expect(page.badges).to.deep.equal(['Enabled', 'Not verified', 'No access', 'Not verified']);
      expect(page.text).to.include('+44 20 7946 0000').and.include('Accounts Payable, View only');
      expect(page.href('Analytical Engines Ltd')).to.equal(`/customers/companies/${company.id}`);
    });

    it('shows the email address of a user without a name', async () => {
      const nameless = await addCustomer({ first_name: null, last_name: null });
      const page = await manager.visit(`/users/${nameless.id}`);
      expect(page.h1).to.equal(nameless.email);
      expect(page.find('textarea')!.text).to.match(/^\s*Hello,/);
    });

    it('shows the handover letter in the language of the customer', async () => {
      const sara = await addCustomer({ first_name: 'سارة', locale: 'ar' });
      const letter = (await manager.visit(`/users/${sara.id}`)).find('textarea')!.text;
      expect(letter).to.include('«هل نسيت كلمة المرور؟»');
      expect(letter).to.include(`http://${tenant.account}/account/login`);
    });

    it('shows the emails with their states and the audit events', async () => {
      const ada = await addCustomer();
      const sent = await (await manager.visit(`/users/${ada.id}`)).submit('Send activation email');
      expect(sent.flashes).to.deep.equal([`An activation email has been sent to ${ada.email}.`]);
      expect(sent.badges).to.include('Invited');
      expect(sent.rows('Activate account')[0]).to.match(/Queued|Accepted/);
      expect(sent.text).to.include(`Email queued by ${manager.person.name}`);
      await portal.runMail();
      const page = await manager.visit(`/users/${ada.id}`);
      const mail = page.rows('Activate your')[0]!;
      expect(mail).to.include('Accepted');
      expect(page.href(`Activate your ${tenant.name} account`)).to.match(/^\/emails\/[0-9a-f-]{36}$/);
    });

    it('shows the changed values of events', async () => {
      const ada = await addCustomer({ first_name: 'Ada', last_name: 'Byron' });
      const edit = await manager.visit(`/users/${ada.id}/edit`);
      const page = await edit.submit('Save changes', { 'Last name': 'King' });
      expect(page.text).to.include('Last name: Byron → King');
    });

    it('stores the address with its folded form, and shows its lines', async () => {
      const form = await manager.visit('/users/new');
      const page = await form.submit('Create user', {
        'First name': 'Rosa',
        'Last name': 'Luz',
        Email: 'rosa@luz.example',
        Address: 'Straße 5\r\n10115 Berlin',
      });
      expect(page.findAll('dd bdi').map(({ text }) => text)).to.include.members(['Straße 5', '10115 Berlin']);
      const list = await manager.visit('/users?q=area:berlin');
      expect(list.rows('Rosa')).to.have.length(1);
      const edit = await page.follow('Edit');
      expect(edit.form('Save changes').values()['address']).to.equal('Straße 5\n10115 Berlin');
      const moved = await edit.submit('Save changes', { Address: 'Hauptstr. 1, Köln' });
      expect(moved.text).to.include('Address: Straße 5 10115 Berlin → Hauptstr. 1, Köln');
      const [row] = await sql(portal, 'select address, address_norm from users where email = $1', [
        'rosa@luz.example',
      ]);
      expect(row).to.eql({ address: 'Hauptstr. 1, Köln', address_norm: 'hauptstr 1 koln' });
      const removed = await (await moved.follow('Edit')).submit('Save changes', { Address: '' });
      expect(removed.flashes).to.eql(['Rosa Luz was changed.']);
      expect((await manager.visit('/users?q=area:koln')).text).to.include('No user matches');
    });

    it('shows repeated failed logins as one line with their number and addresses', async () => {
      const ada = await addCustomer();
      const fail = (count: number, minutes: number) =>
        portal.owner.query(
          `insert into audit_events (tenant_id, at, id, event, actor_kind, actor_name, target_type, target_id,
             target_name, ip, outcome, actor_digest, target_digest)
           select $1, now() + make_interval(mins => $4, secs => n), gen_random_uuid(), 'user.login_failed', 'anonymous',
             'Someone', 'user', $2, 'Ada', '192.0.2.' || n % 3, 'failure', '', '' from generate_series(1, $3) n`,
          [tenant.id, ada.id, count, minutes],
        );
      const edit = async (name: string) =>
        (await manager.visit(`/users/${ada.id}/edit`)).submit('Save changes', { 'Last name': name });
      await fail(12, -10);
      await edit('King');
      await fail(40, 5);
      const text = (await manager.visit(`/users/${ada.id}`)).text;
      expect(text.match(/Login failed/g)).to.have.length(2);
      expect(text).to.match(
        /Login failed by Someone 40 times, from 192\.0\.2\.\d, 192\.0\.2\.\d, 192\.0\.2\.\d/,
      );
      expect(text).to.match(/40 times.*User changed.*12 times/);
      await fail(300, 20);
      expect((await manager.visit(`/users/${ada.id}`)).text).to.match(/200 times or more.*User changed/);
    });

    it('hides audit events, emails and actions from a Driver', async () => {
      const ada = await addCustomer();
      const driver = await (await signedInStaff(portal, tenant, 'driver')).visit(`/users/${ada.id}`);
      expect(driver.text).to.not.include('User created').and.not.include('Recent emails');
      expect(driver.text).to.include('How to log in');
      expect(driver.buttons).to.deep.equal(['Log out']);
      expect(driver.links).to.not.include.members(['Edit', 'Disable login']);
    });
  });

  describe('POST /users/:id', () => {
    const edit = async (id: string, fields: Record<string, string>) =>
      (await (await manager.visit(`/users/${id}`)).follow('Edit')).submit('Save changes', fields);

    it('changes the name and records the actor', async () => {
      const ada = await addCustomer();
      const page = await edit(ada.id, { 'First name': 'Augusta', 'Last name': 'King', Language: 'العربية' });
      expect(page.path).to.equal(`/users/${ada.id}`);
      expect(page.h1).to.equal('Augusta King');
      expect(page.flashes).to.deep.equal(['Augusta King was changed.']);
      expect(page.text).to.include('Arabic').and.include(`User changed by ${manager.person.name}`);
      expect((await manager.visit('/users?q=augusta king')).rows('Augusta King')).to.have.length(1);
    });

    it('offers the language of the customer portal as the default', async () => {
      const arabic = await createTenant(portal, { locale: 'ar' });
      for (const [place, language] of [
        [tenant, 'English'],
        [arabic, 'Arabic'],
      ] as const) {
        const { id } = await createCustomer(portal, place);
        const page = await (await signedInStaff(portal, place)).visit(`/users/${id}`);
        expect(page.text).to.include(`Language Default (${language})`).and.include('Not in a company.');
        const form = (await page.follow('Edit')).find('select[name="locale"]')!;
        expect(form.text).to.include(`Default (${language})`);
      }
    });

    it('reports and records no change when the form is unchanged', async () => {
      const ada = await addCustomer();
      const page = await edit(ada.id, {});
      expect(page.flashes).to.deep.equal(['There were no changes to save.']);
      expect(page.text).to.not.include('User changed');
    });

    it('requires the name of a user who has one, and both parts of a new name', async () => {
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

    it('changes the address, logs the user out and notifies both addresses', async () => {
      const customer = await signedInCustomer(portal, tenant);
      const { person } = customer;
      const email = `new.${person.email}`;
      const form = await (await manager.visit(`/users/${person.id}`)).follow('Edit');
      const page = await form.submit('Save changes', { Email: email.toUpperCase() });
      expect(page.flashes).to.deep.equal([
        `${person.name} was changed and is logged out everywhere. Emails now go to ${email}.`,
      ]);
      expect(page.badges).to.include('Not verified');
      expect(page.text).to.include('Email address changed');
      expect((await customer.visit('/account')).path).to.equal('/account/login');
      expect((await portal.mailbox.next(email)).subject).to.include('Confirm your email address');
      const notification = await portal.mailbox.next(person.email);
      expect(notification.subject).to.equal(`Your ${tenant.name} email address was changed`);
      expect(notification.text).to.include(`from ${person.email} to ${email}`);
    });

    it('revokes the invitation when the address changes and sends no new invitation', async () => {
      const ada = await addCustomer();
      await (await manager.visit(`/users/${ada.id}`)).submit('Send invitation email');
      const { link } = await portal.mailbox.next(ada.email);
      const page = await edit(ada.id, { Email: `moved.${ada.email}` });
      expect(page.badges).to.include('No access');
      expect((await new Visitor(portal, tenant.account).visit(link)).status).to.equal(410);
      await portal.runMail();
      expect(portal.mailbox.messages.filter(({ to }) => to === `moved.${ada.email}`)).to.deep.equal([]);
    });

    it('refuses the address of another user and keeps the values', async () => {
      const [ada, grace] = [await addCustomer(), await addCustomer()];
      const page = await edit(ada.id, { Email: grace.email.toUpperCase(), Phone: '+1 555 0100' });
      expect(page.status).to.equal(422);
      expect(page.errors).to.deep.equal(['A user with this email address already exists']);
      expect(page.href('View this user')).to.equal(`/users/${grace.id}`);
      expect(page.form('Save changes').values()).to.deep.include({ phone: '+1 555 0100' });
      expect((await manager.visit(`/users/${ada.id}`)).text).to.not.include('+1 555 0100');
    });

    it('stores no custom field when the address is refused', async () => {
      const field = await createCustomField(portal, tenant, { title: 'Gate code' });
      const [ada, grace] = [await addCustomer(), await addCustomer()];
      const page = await edit(ada.id, { Email: grace.email, 'Gate code': '4711' });
      expect(page.status).to.equal(422);
      const values = await sql(portal, 'select custom from users where id = $1', [ada.id]);
      expect(values).to.deep.equal([{ custom: {} }]);
      await sql(portal, 'delete from custom_fields where id = $1', [field.id]);
    });

    it('refuses a stale form and shows the stored values', async () => {
      const ada = await addCustomer({ first_name: 'Ada', last_name: 'Byron' });
      const admin = await signedInStaff(portal, tenant, 'admin');
      const form = await manager.visit(`/users/${ada.id}/edit`);
      const otherForm = await admin.visit(`/users/${ada.id}/edit`);
      await otherForm.submit('Save changes', { 'Last name': 'Lovelace', Phone: '+44 20 7946 0001' });

      const stale = await form.submit('Save changes', { 'First name': 'Augusta' });
      expect(stale.status).to.equal(422);
      expect(stale.errors[0]).to.match(
        new RegExp(`^${admin.person.name} changed Ada Lovelace after you opened this page`),
      );
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

    it('refuses a stale form after an invalid value was corrected', async () => {
      const ada = await addCustomer({ first_name: 'Ada', last_name: 'Byron' });
      const form = await manager.visit(`/users/${ada.id}/edit`);
      const otherForm = await manager.visit(`/users/${ada.id}/edit`);
      await otherForm.submit('Save changes', { 'Last name': 'Lovelace' });
      const invalid = await form.submit('Save changes', { Phone: 'call me' });
      expect((await invalid.submit('Save changes', { Phone: '' })).status).to.equal(422);
      expect((await manager.visit(`/users/${ada.id}`)).h1).to.equal('Ada Lovelace');
    });

    it('keeps the values of absent fields', async () => {
      const ada = await createCustomer(portal, tenant, { phone: '+49 30 1234567' });
      const edit = await manager.visit(`/users/${ada.id}/edit`);
      const { version } = edit.form('Save changes').values();
      const response = await manager.postFrom(edit, `/users/${ada.id}`, {
        version: version!,
        first_name: 'Grace',
      });
      expect(response.status).to.equal(303);
      expect(await userRow(portal, ada.id)).to.deep.include({
        first_name: 'Grace',
        phone: '+49 30 1234567',
        email: ada.email,
      });
    });

    it('returns 400 for a field that the form does not have', async () => {
      const ada = await createCustomer(portal, tenant, { phone: '+49 30 1234567' });
      const edit = await manager.visit(`/users/${ada.id}/edit`);
      const values = edit.form('Save changes').values();
      for (const forged of [
        { 'phone[a]': '1' },
        { status: 'disabled' },
        { audience: 'staff' },
        { 'cf[unknown]': '1' },
      ])
        expect((await manager.postFrom(edit, `/users/${ada.id}`, { ...values, ...forged })).status).to.equal(
          400,
        );
      expect((await userRow(portal, ada.id))['phone']).to.equal('+49 30 1234567');
    });
  });

  describe('permissions', () => {
    it('returns 403 to a Driver', async () => {
      const ada = await addCustomer();
      const driver = await signedInStaff(portal, tenant, 'driver');
      const page = await driver.visit(`/users/${ada.id}`);
      expect((await driver.visit(`/users/${ada.id}/edit`)).status).to.equal(403);
      expect((await driver.postFrom(page, `/users/${ada.id}`, { first_name: 'X' })).status).to.equal(403);
    });

    it('redirects anonymous users to the login page', async () => {
      const ada = await addCustomer();
      for (const path of [`/users/${ada.id}`, `/users/${ada.id}/edit`])
        expect((await new Visitor(portal, tenant.operations).visit(path)).path, path).to.equal('/login');
    });

    it('returns 404 for staff, for customers of another tenant and for invalid ids', async () => {
      const foreign = await createCustomer(portal, await createTenant(portal));
      const staff = await createStaff(portal, tenant);
      const page = await manager.visit('/users');
      for (const id of [foreign.id, staff.id, newId(), 'new-id', '1', '%00', 'undefined']) {
        for (const path of [`/users/${id}`, `/users/${id}/edit`])
          expect((await manager.visit(path)).status, path).to.equal(404);
        expect((await manager.postFrom(page, `/users/${id}`, { first_name: 'X' })).status, id).to.equal(404);
      }
    });
  });
});

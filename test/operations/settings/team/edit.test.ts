import { expect } from 'chai';
import { createStaff, createTenant, signedInStaff, type TestTenant } from '../../../support/factories.ts';
import { findEventsOf } from '../../../support/audit.ts';
import type { StaffVisitor } from '../../../support/operations.ts';
import { sharedPortal, type TestPortal } from '../../../support/portal.ts';
import { sql, userRow } from '../../../support/rows.ts';
import { Visitor } from '../../../support/visitor.ts';

const TEAM = '/settings/team';

describe('The details of a staff user', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
  });

  describe('POST /settings/team/:id', () => {
    const edit = async (visitor: Visitor, { id }: { id: string }, values: Record<string, string>) =>
      (await visitor.visit(`${TEAM}/${id}/edit`)).submit('Save changes', values);

    it('changes name, email address and phone, and records the values', async () => {
      const dan = await signedInStaff(portal, tenant, 'driver');
      const { email } = dan.person;
      const page = await edit(manager, dan.person, {
        'First name': 'Daniel',
        Email: `new.${email}`,
        Phone: '+49 30 1234567',
      });
      expect([page.path, page.h1]).to.deep.equal([
        `${TEAM}/${dan.person.id}`,
        `Daniel ${dan.person.last_name}`,
      ]);
      expect(page.flashes).to.deep.equal([
        `Daniel ${dan.person.last_name} was changed and is logged out everywhere. Emails now go to new.${email}.`,
      ]);
      expect((await dan.visit('/users')).path).to.equal('/login');
      const [updated] = (await findEventsOf(portal, dan.person.id)).filter(
        ({ event }) => event === 'user.updated',
      );
      expect(updated!.changes).to.deep.equal({
        first_name: ['Ada', 'Daniel'],
        email: [email, `new.${email}`],
        phone: [null, '+49 30 1234567'],
      });
      await portal.runMail();
      expect((await portal.mailbox.next(`new.${email}`)).link).to.include(
        `${tenant.operations}/verify-email`,
      );
    });

    it('keeps the values of absent fields', async () => {
      for (const person of [await createStaff(portal, tenant, { role: 'driver' }), manager.person]) {
        await edit(manager, person, { Phone: '+49 30 1234567' });
        const form = await manager.visit(`${TEAM}/${person.id}/edit`);
        const { version } = form.form('Save changes').values();
        const values = { version: version!, last_name: 'Changed' };
        expect((await manager.postFrom(form, `${TEAM}/${person.id}`, values)).status).to.equal(303);
        const { first_name, last_name, phone } = await userRow(portal, person.id);
        expect([first_name, last_name, phone]).to.eql(['Ada', 'Changed', '+49 30 1234567']);
      }
    });

    it('refuses invalid values, the address of a colleague and an outdated form', async () => {
      const dan = await createStaff(portal, tenant, { role: 'driver' });
      const form = await manager.visit(`${TEAM}/${dan.id}/edit`);
      const invalid = await form.submit('Save changes', { 'First name': '', Phone: 'call me' });
      expect(invalid.errors).to.deep.equal([
        'Enter a first name',
        'Enter a phone number, like +44 20 7946 0000',
      ]);
      const taken = await form.submit('Save changes', { Email: manager.person.email });
      expect(taken.errors[0]).to.include('A staff member with this email address already exists');
      await form.submit('Save changes', { 'First name': 'Daniel' });
      const outdated = await form.submit('Save changes', { 'First name': 'Eve' });
      expect(outdated.status).to.equal(422);
      expect(outdated.text).to.include('Now: Daniel');
    });

    it('refuses an outdated form after an invalid value was corrected', async () => {
      const dan = await createStaff(portal, tenant, { role: 'driver' });
      const form = await manager.visit(`${TEAM}/${dan.id}/edit`);
      await edit(manager, dan, { 'First name': 'Daniel' });
      const invalid = await form.submit('Save changes', { Phone: 'call me' });
      const outdated = await invalid.submit('Save changes', { Phone: '' });
      expect(outdated.status).to.equal(422);
      expect(outdated.text).to.include('Now: Daniel');
      expect((await outdated.submit('Save changes', { 'First name': 'Dan' })).h1).to.match(/^Dan /);
    });

    it('changes the phone of a colleague without a name', async () => {
      const dan = await createStaff(portal, tenant, { role: 'driver' });
      await sql(portal, `update users set first_name = null, last_name = null, name = '' where id = $1`, [
        dan.id,
      ]);
      const page = await edit(manager, dan, { Phone: '+49 30 1234567' });
      expect([page.path, page.flashes]).to.deep.equal([`${TEAM}/${dan.id}`, [`${dan.email} was changed.`]]);
    });

    it("changes one's own name but not one's own email address", async () => {
      const { id, email } = manager.person;
      const form = await manager.visit(`${TEAM}/${id}/edit`);
      expect(form.find('[name="email"]')).to.equal(null);
      const fields = { ...form.form('Save changes').values(), first_name: 'Grace', email: 'eve@example.com' };
      expect((await manager.postFrom(form, `${TEAM}/${id}`, fields)).status).to.be.oneOf([303, 400]);
      expect((await userRow(portal, id))['email']).to.equal(email);
      expect((await edit(manager, manager.person, { 'First name': 'Grace' })).h1).to.match(/^Grace /);
    });
  });

  describe('permissions', () => {
    it('returns 403 to an Admin', async () => {
      const admin = await signedInStaff(portal, tenant, 'admin');
      const path = `${TEAM}/${manager.person.id}`;
      expect((await admin.get(`${path}/edit`)).status).to.equal(403);
      expect((await admin.postFrom(await admin.visit('/users'), path)).status).to.equal(403);
    });

    it('returns 404 for staff of another tenant', async () => {
      const other = await createStaff(portal, await createTenant(portal));
      expect((await manager.get(`${TEAM}/${other.id}/edit`)).status).to.equal(404);
    });

    it('redirects anonymous users to the login page', async () => {
      const path = `${TEAM}/${manager.person.id}/edit`;
      expect((await new Visitor(portal, tenant.operations).visit(path)).path).to.equal('/login');
    });
  });
});

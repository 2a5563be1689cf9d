import { expect } from 'chai';
import { hashToken } from '../../../src/domain/token/one-time-token.ts';
import { parseActivationCode } from '../../../src/domain/user/activation-code.ts';
import { findEventNamesOf } from '../../support/audit.ts';
import {
  createCustomer,
  createCustomerWithoutEmail,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql, userRow } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Activation code of a user without an email address', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const addPerson = () => createCustomerWithoutEmail(portal, tenant);

  async function createCode(id: string) {
    const page = await manager.visit(`/users/${id}/activation-code`);
    const letter = await page.submit('Create activation code');
    const code = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(letter.text)?.[0] ?? '';
    return { letter, code };
  }

  it('is shown once in a letter, and only its hash is stored', async () => {
    const { id, name } = await addPerson();
    const { letter, code } = await createCode(id);
    expect(letter.path).to.equal(`/users/${id}/activation-code/letter`);
    expect(letter.text).to.include(`Hi ${name},`).and.include(`http://${tenant.account}/account/activate`);
    const plain = parseActivationCode(code.toLowerCase().replaceAll('-', ' '))!;
    const rows = await sql(
      portal,
      'select token_hash, purpose, sent_to from one_time_tokens where user_id = $1',
      [id],
    );
    expect(rows).to.eql([{ token_hash: hashToken(plain), purpose: 'activation_code', sent_to: '' }]);
    const sessions = await sql(portal, 'select sess::text from sessions', []);
    expect(JSON.stringify(sessions)).not.to.include(code).and.not.to.include(plain);
    const again = await manager.visit(letter.path);
    expect(again.path).to.equal(`/users/${id}/activation-code`);
    expect(again.text).not.to.include(code);
    expect(await findEventNamesOf(portal, id)).to.include('user.activation_code_created');
    expect((await userRow(portal, id))['access']).to.equal('no_access');
  });

  it('replaces the older one, and is revoked on the page of the user', async () => {
    const { id } = await addPerson();
    await createCode(id);
    await createCode(id);
    const open = () =>
      sql(portal, 'select 1 from one_time_tokens where user_id = $1 and revoked_at is null', [id]);
    expect(await open()).to.have.length(1);
    const page = await manager.visit(`/users/${id}`);
    expect(page.text).to.include('Activation code valid until');
    const revoked = await page.submit('Revoke activation code');
    expect(revoked.flashes[0]).to.match(/^The activation code of Edith .* was revoked\.$/);
    expect(await open()).to.eql([]);
    expect(revoked.text).not.to.include('Activation code valid until');
    expect(await findEventNamesOf(portal, id)).to.include('user.activation_code_revoked');
  });

  it('is refused for a user with an email address and for a disabled user', async () => {
    const ada = await createCustomer(portal, tenant, { password: null });
    const page = await manager.visit('/users');
    const refused = await manager.postFrom(page, `/users/${ada.id}/activation-code`);
    expect(refused.status).to.equal(422);
    expect(refused.text).to.include('has an email address. Send an email instead of an activation code.');
    const { id } = await addPerson();
    await sql(portal, `update users set status = 'disabled' where id = $1`, [id]);
    expect((await manager.postFrom(page, `/users/${id}/activation-code`)).status).to.equal(422);
    expect(await sql(portal, 'select 1 from one_time_tokens where user_id = any($1)', [[id, ada.id]])).to.eql(
      [],
    );
  });

  it('is not created by a Driver, an anonymous user, or for a customer of another tenant', async () => {
    const { id } = await addPerson();
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.get(`/users/${id}/activation-code`)).status).to.equal(403);
    const anonymous = await new Visitor(portal, tenant.operations).get(`/users/${id}/activation-code`);
    expect(anonymous.status).to.equal(303);
    const other = await createCustomerWithoutEmail(portal, await createTenant(portal));
    const page = await manager.visit('/users');
    for (const path of ['activation-code', 'activation-code/revocation'])
      expect((await manager.postFrom(page, `/users/${other.id}/${path}`)).status).to.equal(404);
    expect((await manager.get(`/users/${other.id}/activation-code`)).status).to.equal(404);
  });

  it('takes the place of emails, which are hidden and refused', async () => {
    const { id } = await addPerson();
    const page = await manager.visit(`/users/${id}`);
    expect(page.text).to.include('No email address').and.not.include('Send activation email');
    expect(page.text).not.to.include('Send password reset email').and.not.include('Not verified');
    for (const template of ['resetPassword', 'accountActivation', 'accountInvitation']) {
      const refused = await manager.postFrom(page, `/users/${id}/emails`, { template });
      expect(refused.status).to.equal(422);
      expect(refused.text).to.include('has no email address. Create an activation code instead.');
    }
    expect(await sql(portal, 'select 1 from emails where user_id = $1', [id])).to.eql([]);
  });

  it('stops working when staff add an email address', async () => {
    const { id } = await addPerson();
    await createCode(id);
    const edit = await manager.visit(`/users/${id}/edit`);
    await edit.submit('Save changes', { Email: `added.${id}@example.com` });
    const open = 'select 1 from one_time_tokens where user_id = $1 and revoked_at is null';
    expect(await sql(portal, open, [id])).to.eql([]);
  });

  it('lets staff remove an email address unless a password or an invitation depends on it', async () => {
    const remove = async (fields: Parameters<typeof createCustomer>[2]) => {
      const { id } = await createCustomer(portal, tenant, fields);
      const page = await (await manager.visit(`/users/${id}/edit`)).submit('Save changes', { Email: '' });
      return { page, email: (await userRow(portal, id))['email'] };
    };
    const free = await remove({ password: null });
    expect(free.email).to.equal(null);
    expect(free.page.flashes[0]).to.include('has no email address now.');
    const active = await remove({});
    expect(active.page.errors[0]).to.include('logs in with this email address');
    expect(active.email).not.to.equal(null);
    const invited = await remove({ password: null, access: 'invited' });
    expect(invited.page.errors[0]).to.include('Revoke the invitation');
    expect(invited.email).not.to.equal(null);
  });

  it('is for users whom the filter of emails finds', async () => {
    const { id } = await addPerson();
    const without = await manager.visit('/users?email=without');
    expect(without.html).to.include(`/users/${id}`);
    expect((await manager.visit('/users?email=with')).html).not.to.include(`/users/${id}`);
    expect((await manager.visit('/users?view=not-verified')).html).not.to.include(`/users/${id}`);
    expect((await manager.visit('/users?sort=email')).status).to.equal(200);
  });
});

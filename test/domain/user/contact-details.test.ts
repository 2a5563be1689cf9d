import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { parseEmailAddress } from '../../../src/domain/text/email-address.ts';
import { withOtherCodes } from '../../../src/domain/user/referral-code.ts';
import { insertUsers } from '../../../src/domain/user/user-actions.ts';
import { createCustomer, signedInCustomer, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql, userRow } from '../../support/rows.ts';

const CONTACT = {
  phone2: '+44 113 496 0002',
  alternate_name: 'Byron Lovelace',
  alternate_relation: 'Brother',
  alternate_phone: '+44 113 496 0003',
  alternate_email: 'byron@example.com',
};

describe('the contact details of a customer', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const ID = /[^/]+$/;

  it('are entered by staff and shown with the referral code', async () => {
    const form = await manager.visit('/users/new');
    const name = { first_name: 'Ada', last_name: 'Details', email: 'ada.details@example.com' };
    const page = await form.submit('Create user', { ...name, ...CONTACT, locale: 'ar' });
    const id = ID.exec(page.path)![0];
    const row = await userRow(portal, id);
    expect(row).to.include({ ...CONTACT, locale: 'ar' });
    expect(row['referral_code']).to.match(/^[2-9A-HJKMNP-Z]{8}$/);
    for (const text of [CONTACT.phone2, 'Byron Lovelace (Brother)', row['referral_code'] as string])
      expect(page.text).to.include(text);
    const edited = await (
      await manager.visit(`/users/${id}/edit`)
    ).submit('Save changes', { alternate_name: 'Anne Lovelace' });
    expect(edited.text).to.include('Anne Lovelace (Brother)');
  });

  it('are refused when they are no phone number or email address', async () => {
    const form = await manager.visit('/users/new');
    const page = await form.submit('Create user', {
      first_name: 'Ada',
      last_name: 'Wrong',
      email: 'ada.wrong@example.com',
      phone2: 'call me',
      alternate_email: 'byron',
    });
    expect(page.status).to.equal(422);
    expect(page.errors).to.have.length(2);
    expect(page.form('Create user').values()).to.include({ phone2: 'call me', alternate_email: 'byron' });
  });

  it('are changed by the customer, who sees the referral code', async () => {
    const customer = await signedInCustomer(portal, tenant);
    const profile = await customer.visit('/account/profile');
    const { referral_code } = await userRow(portal, customer.person.id);
    expect(profile.text).to.include(referral_code as string);
    await profile.submit('Save changes', CONTACT);
    expect(await userRow(portal, customer.person.id)).to.include(CONTACT);
  });

  it('are found by keys, and the second phone also by its digits', async () => {
    const ada = await createCustomer(portal, tenant, { last_name: 'Findable' });
    const profile = await manager.visit(`/users/${ada.id}/edit`);
    await profile.submit('Save changes', { phone2: '+44 117 300 4455' });
    const { referral_code } = await userRow(portal, ada.id);
    for (const q of [
      'phone2:3004455',
      '3004455',
      `referral:${String(referral_code).toLowerCase()}`,
      `referral:${String(referral_code).slice(0, 5)}`,
    ])
      expect((await manager.visit(`/users?q=${encodeURIComponent(q)}`)).rows('Findable'), q).to.have.length(
        1,
      );
    expect((await manager.visit('/users?q=phone:3004455')).rows('Findable')).to.have.length(0);
    const others = await manager.visit(
      `/users?q=${encodeURIComponent(`-referral:${String(referral_code)}`)}`,
    );
    expect(others.rows('Findable')).to.have.length(0);
  });

  it('are columns of the exported list', async () => {
    const { id } = await createCustomer(portal, tenant, { last_name: 'Exported' });
    await sql(portal, "update users set alternate_name = 'Byron Export' where id = $1", [id]);
    const { text } = await manager.get(
      '/users?q=Exported&col=name&col=alternate_name&col=referral_code&format=csv',
    );
    expect(text).to.include('Alternate contact').and.include('Byron Export').and.include('Referral code');
  });

  it('have a referral code that no other user of the tenant has', async () => {
    const [one, two] = [await createCustomer(portal, tenant), await createCustomer(portal, tenant)];
    const codeOf = async (id: string) => (await userRow(portal, id))['referral_code'] as string;
    const taken = await codeOf(one.id);
    const rows = [{ referral_code: taken }, { referral_code: 'FREECODE' }, { referral_code: null }];
    const again = await inTenant(portal.database, tenant.id, (db) => withOtherCodes(db, rows));
    expect(again).to.have.length(1);
    expect(again[0]!.referral_code).to.not.equal(taken);
    const repeated = 'update users set referral_code = $2 where id = $1';
    const error = await sql(portal, repeated, [two.id, taken]).catch((err: Error) => err.message);
    expect(error).to.include('users_referral_code');
  });

  it('are inserted for many users at once, of whom one has a known address', async () => {
    const known = await createCustomer(portal, tenant);
    const users = ['new.one@example.com', known.email, 'new.two@example.com'].map((email) => ({
      audience: 'customer' as const,
      is_private_customer: true,
      email: parseEmailAddress(email)!,
      first_name: null,
      last_name: null,
      phone: null,
      ...CONTACT,
    }));
    const ids = await inTenant(portal.database, tenant.id, (db) => insertUsers(db, users));
    expect(ids.map((id) => id !== undefined)).to.eql([true, false, true]);
    expect(await userRow(portal, ids[2]!)).to.include(CONTACT);
  });
});

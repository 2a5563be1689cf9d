import { expect } from 'chai';
import {
  createCustomer,
  createTenant,
  PASSWORD,
  signedInCustomer,
  signedInStaff,
  submitLogin,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

describe('Pasted text', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let staff: Awaited<ReturnType<typeof signedInStaff>>;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    staff = await signedInStaff(portal, tenant);
  });

  const addUser = async (fields: Record<string, string>) =>
    (await staff.visit('/users/new')).submit('Create user', { 'Last name': 'Obi', ...fields });

  const findByEmail = async (email: string) =>
    (await sql(portal, 'select * from users where tenant_id = $1 and email = $2', [tenant.id, email]))[0];

  it('with invisible characters around the address logs in', async () => {
    const { email, password } = await createCustomer(portal, tenant);
    for (const typed of [`\u200b${email}`, `\u202a${email}\u202c`, `\ufeff ${email}\u00a0`, `\v${email}\t`]) {
      const login = await submitLogin(new Visitor(portal, tenant.account), '/account/login', {
        email: typed,
        password,
      });
      expect(login.status, JSON.stringify(typed)).to.equal(303);
    }
  });

  it('is not changed in a password', async () => {
    const password = `\u00a0${PASSWORD}\u200b`;
    const { email } = await createCustomer(portal, tenant, { password });
    const logIn = (typed: string) =>
      submitLogin(new Visitor(portal, tenant.account), '/account/login', { email, password: typed });
    expect((await logIn(password)).status).to.equal(303);
    expect((await logIn(PASSWORD)).status).to.equal(422);
  });

  it('is stored without invisible characters, with ordinary spaces', async () => {
    await addUser({
      'First name': '\u202eAda\u202c\vMaria\u00a0\u200bJo\u00ad',
      'Last name': 'علی\u200cرضا',
      Email: '\ufeffpasted@x.co',
    });
    expect(await findByEmail('pasted@x.co')).to.include({
      first_name: 'Ada Maria Jo',
      last_name: 'علی\u200cرضا',
    });
  });

  for (const invisible of ['\u200b', '\u3164', '\u2800\u00a0', '\u202e\u2066', '\ufe0f', '\u00ad'])
    it(`of nothing but ${JSON.stringify(invisible)} is an empty name`, async () => {
      const page = await addUser({ 'First name': invisible, Email: 'nothing@x.co' });
      expect(page.status).to.equal(422);
      expect(page.errors[0]).to.include('first name');
      expect(await sql(portal, "select from users where email = 'nothing@x.co'", [])).to.eql([]);
    });

  it('keeps its lines in a text of several lines', async () => {
    const terms = await staff.visit('/settings/terms/new');
    const preview = await terms.submit('Preview', {
      'Terms and Conditions': '\u200bOne\r\n\r\nTwo\u00a0\vThree\u202e',
    });
    await preview.submit('Publish');
    const [{ body }] = (await sql(
      portal,
      'select body from terms_versions where tenant_id = $1 order by number desc',
      [tenant.id],
    )) as [{ body: string }];
    expect(body).to.equal('One\n\nTwo  Three');
  });

  for (const [kind, typed, stored] of [
    ['direction marks', '\u202a+44 20 7946 0000\u202c', '+44 20 7946 0000'],
    ['Arabic-Indic digits', '٠٢٠ ٧٩٤٦', '020 7946'],
    ['full-width digits and non-breaking hyphens', '０２０\u20117946\u20110000', '020-7946-0000'],
    ['the scheme of a link', 'tel:+442079460000', '+442079460000'],
    ['a zero in parentheses and an en dash', '+44 (0)20–7946', '+44 (0)20-7946'],
  ] as const)
    it(`with ${kind} is accepted as a phone number`, async () => {
      const customer = await signedInCustomer(portal, tenant);
      await (await customer.visit('/account/profile')).submit('Save changes', { Phone: typed });
      expect(await findByEmail(customer.person.email)).to.include({ phone: stored });
    });

  it('with the digits of another script is accepted as a date', async () => {
    const page = await staff.visit(`/audit-log?from=${encodeURIComponent('٢٠٢٦-٠١-٠١')}`);
    expect(page.form('Search').values()).to.include({ from: '2026-01-01' });
  });
});

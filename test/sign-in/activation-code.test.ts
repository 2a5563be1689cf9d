import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { systemActor } from '../../src/domain/actor.ts';
import { createActivationCode, revokeActivationCode } from '../../src/domain/user/activation-code-actions.ts';
import { findEventNamesOf } from '../support/audit.ts';
import {
  createCustomer,
  createCustomerWithoutEmail,
  createTenant,
  submitLogin,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql, userRow } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

const PATH = '/account/activate';
const NEW = 'three random words';
const UNUSABLE = /^This activation code does not work\. Check it, or ask .* for a new one\.$/;

describe('Activation with an activation code', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { name: 'Northwind' });
  });

  const actor = systemActor('Test');

  async function personWithCode(of = tenant) {
    const { id } = await createCustomerWithoutEmail(portal, of);
    const created = await inTenant(portal.database, of.id, (db) => createActivationCode(db, actor, id));
    return { id, code: created.ok ? created.code : '' };
  }

  const enter = async (code: string, of = tenant) =>
    (await new Visitor(portal, of.account).visit(PATH)).submit('Continue', { 'Activation code': code });
  /** The form of the second step, with the code of another person. */
  const open = async (of = tenant) => enter((await personWithCode(of)).code, of);
  let counter = 0;
  const newEmail = () => `edith.${(counter += 1)}@example.com`;

  async function submit(fields: Record<string, string | boolean>, of = tenant) {
    return (await open(of)).submit('Submit', { 'New password': NEW, accept_terms: true, ...fields });
  }

  it('stores the address unverified, the password and the agreement, and leads to the login', async () => {
    const { id, code } = await personWithCode();
    const email = newEmail();
    const typed = `${code.slice(0, 4)} ${code.slice(4, 8)}–${code.slice(8)}`.toLowerCase();
    const page = await enter(typed);
    expect([page.path, page.find('[name=activation_code]')?.getAttribute('value')]).to.eql([PATH, typed]);
    const fields = { 'Email address': email.toUpperCase(), 'New password': NEW, accept_terms: true };
    const done = await page.submit('Submit', fields);
    expect(done.path).to.equal('/account/set-password/done');
    expect(done.href('Click here to login')).to.equal('/account/login');
    expect(await userRow(portal, id)).to.deep.include({
      email,
      email_norm: email,
      email_verified_at: null,
      is_email_proven: false,
      access: 'active',
    });
    expect(await findEventNamesOf(portal, id)).to.include.members([
      'user.activation_code_used',
      'user.terms_accepted',
    ]);
    expect((await portal.mailbox.next(email)).link).to.include('/account/verify-email?token=');
    const visitor = new Visitor(portal, tenant.account);
    await submitLogin(visitor, '/account/login', { email, password: NEW });
    expect((await userRow(portal, id))['last_login_at']).not.to.equal(null);
    expect((await userRow(portal, id))['email_verified_at']).to.equal(null);
  });

  it('shows all errors beside the fields and does not consume the code', async () => {
    const { id, code } = await personWithCode();
    const empty = await (await open()).submit('Submit', { 'Activation code': '' });
    expect(empty.status).to.equal(422);
    expect(empty.errors).to.have.members([
      'Enter your activation code',
      'Enter an email address',
      'Enter a new password',
      'Agree to the Terms and Conditions to continue',
    ]);
    const weak = await submit({
      'Activation code': code,
      'Email address': newEmail(),
      'New password': 'short',
    });
    expect(weak.errors).to.eql(['Password must be 12 characters or more']);
    expect((await userRow(portal, id))['email']).to.equal(null);
    await submit({ 'Activation code': code, 'Email address': newEmail() });
    expect((await userRow(portal, id))['access']).to.equal('active');
  });

  it('shows the same error for unknown, used, revoked, expired and foreign codes and disabled users', async () => {
    const used = await personWithCode();
    await submit({ 'Activation code': used.code, 'Email address': newEmail() });
    const revoked = await personWithCode();
    await inTenant(portal.database, tenant.id, (db) => revokeActivationCode(db, actor, revoked.id));
    const expired = await personWithCode();
    await sql(portal, 'update one_time_tokens set expires_at = now() where user_id = $1', [expired.id]);
    const disabled = await personWithCode();
    await sql(portal, `update users set status = 'disabled' where id = $1`, [disabled.id]);
    const addressed = await personWithCode();
    await sql(portal, 'update users set email = $2, email_norm = $2 where id = $1', [
      addressed.id,
      newEmail(),
    ]);
    const foreign = await personWithCode(await createTenant(portal));
    const codes = [used, revoked, expired, disabled, addressed, foreign].map(({ code }) => code);
    for (const code of ['K7QF-2MXR-9TCD', 'nonsense', ...codes]) {
      const page = await submit({ 'Activation code': code, 'Email address': newEmail() });
      expect(page.status).to.equal(422);
      expect(page.errors).to.have.length(1);
      expect(page.errors[0]).to.match(UNUSABLE);
      const first = await enter(code);
      expect([first.status, first.errors]).to.eql([422, page.errors]);
    }
    expect((await enter('')).errors).to.eql(['Enter your activation code']);
    expect((await userRow(portal, foreign.id))['email']).to.equal(null);
  });

  it('lets one of two parallel submissions with other passwords win', async () => {
    const { id, code } = await personWithCode();
    const pages = [await open(), await open()];
    const results = await Promise.all(
      pages.map((page, n) =>
        page.submit('Submit', {
          'Activation code': code,
          'Email address': `race.${n}.${id}@example.com`,
          'New password': `${NEW} ${n}`,
          accept_terms: true,
        }),
      ),
    );
    expect(results.map(({ status }) => status)).to.have.members([200, 422]);
    const events = await findEventNamesOf(portal, id);
    expect(events.filter((event) => event === 'user.activation_code_used')).to.have.length(1);
  });

  it('shows the result again when the same form is submitted twice', async () => {
    const { id, code } = await personWithCode();
    const page = await open();
    const fields = {
      'Activation code': code,
      'Email address': newEmail(),
      'New password': NEW,
      accept_terms: true,
    };
    const paths = [await page.submit('Submit', fields), await page.submit('Submit', fields)].map(
      ({ path }) => path,
    );
    expect(paths).to.eql(['/account/set-password/done', '/account/set-password/done']);
    const events = await findEventNamesOf(portal, id);
    expect(events.filter((event) => event === 'user.activation_code_used')).to.have.length(1);
  });

  it('refuses an address of another customer, in any case, and keeps the code', async () => {
    const ada = await createCustomer(portal, tenant);
    const { id, code } = await personWithCode();
    const refused = await submit({ 'Activation code': code, 'Email address': ada.email.toUpperCase() });
    expect(refused.errors[0]).to.match(/^This email address cannot be used here\./);
    const guessed = await submit({ 'Activation code': 'K7QF-2MXR-9TCD', 'Email address': ada.email });
    expect(guessed.errors).to.have.length(1);
    expect(guessed.errors[0]).to.match(UNUSABLE);
    await submit({ 'Activation code': code, 'Email address': newEmail() });
    expect((await userRow(portal, id))['access']).to.equal('active');
  });

  it('lets the holder of a code try few addresses in a day, also with a new code', async () => {
    const ada = await createCustomer(portal, tenant);
    const { id, code } = await personWithCode();
    for (let n = 0; n < 5; n += 1) {
      const refused = await submit({ 'Activation code': code, 'Email address': ada.email });
      expect(refused.status).to.equal(422);
      expect(refused.errors[0]).to.match(/^This email address cannot be used here\./);
    }
    const created = await inTenant(portal.database, tenant.id, (db) => createActivationCode(db, actor, id));
    const next = created.ok ? created.code : '';
    for (const email of [ada.email, newEmail()])
      expect((await submit({ 'Activation code': next, 'Email address': email })).status).to.equal(429);
    expect((await userRow(portal, id))['email']).to.equal(null);
    const other = await personWithCode();
    await submit({ 'Activation code': other.code, 'Email address': newEmail() });
    expect((await userRow(portal, other.id))['access']).to.equal('active');
  });

  it('does not consume by GET or HEAD, or as the token of a link, and refuses forged fields', async () => {
    const { id, code } = await personWithCode();
    const visitor = new Visitor(portal, tenant.account);
    await visitor.get(`${PATH}?activation_code=${code}`);
    for (const path of ['set-password', 'reset-password', 'invitation', 'verify-email'])
      expect((await visitor.visit(`/account/${path}?token=${code}`)).status).to.equal(410);
    expect((await visitor.get('/account/activation-code')).headers['location']).to.equal(PATH);
    const page = await visitor.visit(PATH);
    const body = { activation_code: code, email: newEmail(), new_password: NEW, accept_terms: 'on' };
    const forged = await visitor.postFrom(page, PATH, { ...body, email_verified_at: '2026-01-01' });
    expect(forged.status).to.equal(400);
    expect(await userRow(portal, id)).to.deep.include({ email: null, password_hash: null });
  });

  it('slows down guesses from one IP address', async () => {
    const page = await open();
    const statuses: number[] = [];
    for (let n = 0; n < 31; n += 1) {
      const fields = { 'Activation code': `AAAA-AAAA-${2000 + n}`, 'Email address': 'x@example.com' };
      statuses.push((await page.submit('Submit', { ...fields, 'New password': NEW })).status);
    }
    expect(new Set(statuses.slice(0, 30))).to.eql(new Set([422]));
    expect(statuses[30]).to.equal(429);
  });
});

import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { mintToken, type TokenPurpose } from '../../src/domain/token/one-time-token.ts';
import { signedInOperator } from '../platform/operator.ts';
import {
  changeTenant,
  createCustomer,
  createStaff,
  createTenant,
  signedInCustomer,
  type TestTenant,
} from '../support/factories.ts';
import type { Page } from '../support/page.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

const NEW_PASSWORD = 'three random words are long enough';

const links: [portal: 'account' | 'operations', purpose: TokenPurpose, path: string, button: string][] = [
  ['account', 'reset_password', '/account/reset-password', 'Save password'],
  ['account', 'set_password', '/account/set-password', 'Submit'],
  ['account', 'invitation', '/account/invitation', 'Accept invitation'],
  ['account', 'verify_email', '/account/verify-email', 'Confirm email address'],
  ['account', 'change_email', '/account/verify-email', 'Confirm email address'],
  ['operations', 'reset_password', '/reset-password', 'Save password'],
  ['operations', 'set_password', '/set-password', 'Save password'],
];

describe('A suspended tenant', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal, { name: 'Closed Storage', contact_email: 'hello@closed.example' });
  });

  const suspend = () => changeTenant(portal, tenant, { status: 'suspended' });
  const resume = () => changeTenant(portal, tenant, { status: 'active' });
  /** As other processes see it, whose directory still has the active tenant. */
  const suspendElsewhere = () =>
    sql(portal, `update tenants set status = 'suspended' where id = $1`, [tenant.id]);

  const expectNotice = (page: Page) =>
    expect([page.status, page.h1], page.path).to.deep.equal([403, 'This portal is closed']);

  const stateOf = async () => ({
    users: await sql(portal, 'select * from users where tenant_id = $1 order by id', [tenant.id]),
    tokens: await sql(portal, 'select * from one_time_tokens where tenant_id = $1 order by token_hash', [
      tenant.id,
    ]),
    terms: await sql(portal, 'select * from terms_acceptances where tenant_id = $1', [tenant.id]),
    sessions: await sql(portal, 'select * from login_sessions where tenant_id = $1', [tenant.id]),
    emails: await sql(portal, 'select * from emails where tenant_id = $1', [tenant.id]),
  });

  const fieldsOf = (page: Page) => ({
    ...(page.find('[name="new_password"]') && { new_password: NEW_PASSWORD }),
    ...(page.find('[name="accept_terms"]') && { accept_terms: true }),
  });

  it('shows its customers the notice with its contact on every page', async () => {
    await suspend();
    const visitor = new Visitor(portal, tenant.account);
    for (const path of ['/account/login', '/account', '/account/forgot-password', '/account/terms']) {
      const page = await visitor.visit(path);
      expectNotice(page);
      expect(page.text).to.include('Closed Storage has closed this portal temporarily');
      expect(page.href('hello@closed.example')).to.equal('mailto:hello@closed.example');
      expect(page.buttons).to.deep.equal([]);
      expect(page.links, 'links to pages that are closed too').to.not.include('Terms and Conditions');
    }
  });

  it('tells its staff what the suspension means and to contact the operator of the platform', async () => {
    await suspend();
    const visitor = new Visitor(portal, tenant.operations);
    for (const path of ['/login', '/users']) {
      const page = await visitor.visit(path);
      expectNotice(page);
      expect(page.text)
        .to.include('The operator of this platform has suspended Closed Storage.')
        .and.include('contact the operator of this platform')
        .and.not.match(/contact Closed Storage/i);
    }
  });

  it('opens its portals again as soon as it is resumed, also in a process that has cached it', async () => {
    await suspend();
    const visitor = new Visitor(portal, tenant.account);
    expectNotice(await visitor.visit('/account/login'));
    await sql(portal, `update tenants set status = 'active' where id = $1`, [tenant.id]);
    expect((await visitor.visit('/account/login')).status).to.equal(200);
  });

  for (const [name, purpose, path, button] of links)
    for (const [where, close] of [
      ['', () => suspend()],
      [' in another process', () => suspendElsewhere()],
    ] as const)
      it(`consumes and saves nothing for a ${purpose} link at the ${name} portal after a suspension${where}`, async () => {
        const create = name === 'operations' ? createStaff : createCustomer;
        const person = await create(portal, tenant, { password: null, email_verified_at: null });
        const pending = purpose === 'change_email' ? `next.${person.email}` : null;
        const { token } = await inTenant(portal.database, tenant.id, async (db) => {
          await db.from('users').where({ id: person.id }).update({ pending_email: pending });
          return mintToken(db, { user_id: person.id, purpose, sent_to: pending ?? person.email });
        });
        const visitor = new Visitor(portal, tenant[name]);
        const form = await visitor.visit(`${path}?token=${token}`);
        expect(form.buttons).to.include(button);
        const before = await stateOf();
        await close();
        expectNotice(await visitor.visit(form.url));
        expectNotice(await new Visitor(portal, tenant[name]).visit(`${path}?token=${token}`));
        expectNotice(await form.submit(button, fieldsOf(form)));
        expect(await stateOf()).to.deep.equal(before);

        await resume();
        const done = await form.submit(button, fieldsOf(form));
        expect(done.status).to.equal(200);
        const tokens = await sql(
          portal,
          'select 1 from one_time_tokens where user_id = $1 and used_at is not null',
          [person.id],
        );
        expect(tokens).to.have.length(1);
      });

  it('has no login session that began during the suspension or before it', async () => {
    const customer = await signedInCustomer(portal, tenant);
    const operator = await signedInOperator(portal);
    const page = await operator.visit(`/tenants/${tenant.id}/suspension`);
    const suspended = await page.submit('Suspend tenant');
    // A login that had read the status before the suspension.
    await sql(portal, 'update login_sessions set revoked_at = null where tenant_id = $1', [tenant.id]);
    await suspended.submit('Resume');
    expect((await customer.visit('/account')).path).to.equal('/account/login');
  });
});

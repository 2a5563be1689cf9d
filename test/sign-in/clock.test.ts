import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { openDatabase } from '../../src/database/pools.ts';
import { findTokenUser, mintToken } from '../../src/domain/token/one-time-token.ts';
import { signedInOperator } from '../platform/operator.ts';
import {
  createCustomer,
  createTenant,
  PASSWORD,
  signIn,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { withProcessClock } from '../support/process-clock.ts';
import { Visitor } from '../support/visitor.ts';

const HOUR = 3_600_000;
const offsets = [-48 * HOUR, -2 * HOUR, 2 * HOUR, 48 * HOUR];
const NEW = 'three random words';

describe('While the clock of a process is wrong', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  for (const offset of offsets) {
    const name = `${offset > 0 ? '+' : ''}${offset / HOUR} h`;

    it(`a reset link arrives and works at ${name}`, async () => {
      const ada = await createCustomer(portal, tenant);
      await withProcessClock(offset, async () => {
        const visitor = new Visitor(portal, tenant.account);
        const forgot = await visitor.visit('/account/forgot-password');
        await forgot.submit('Send password reset email', { 'Email address': ada.email });
        await portal.runMail();
        const page = await visitor.visit((await portal.mailbox.next(ada.email)).link);
        const saved = await page.submit('Save password', { 'New password': NEW });
        expect(saved.path).to.equal('/account/login');
      });
    });

    it(`an invitation arrives, works and is not shown as expired at ${name}`, async () => {
      const manager = await signedInStaff(portal, tenant);
      const ada = await createCustomer(portal, tenant, { password: null });
      await withProcessClock(offset, async () => {
        const user = await manager.visit(`/users/${ada.id}`);
        await user.submit('Send invitation email', {});
        await portal.runMail();
        const shown = await manager.visit(`/users/${ada.id}`);
        expect(shown.badges).to.include('Invited').and.not.include('Expired');
        const { link } = await portal.mailbox.next(ada.email);
        const page = await new Visitor(portal, tenant.account).visit(link);
        expect(page.path).to.equal('/account/invitation');
      });
    });

    it(`a login lasts at ${name}`, async () => {
      const ada = await createCustomer(portal, tenant);
      const customer = await withProcessClock(offset, () => signIn(portal, tenant.account, ada));
      expect((await customer.visit('/account')).path).to.equal('/account');
    });
  }

  it('an operator who uses the console stays logged in', async () => {
    const operator = await withProcessClock(-2 * HOUR, () => signedInOperator(portal));
    for (const offset of [0, 9 * HOUR])
      await withProcessClock(offset, async () => {
        expect((await operator.visit('/tenants')).path).to.equal('/tenants');
      });
  });

  it('PORTAL_CLOCK moves the lifetime of links', async () => {
    const ada = await createCustomer(portal, tenant, { password: PASSWORD });
    const { app: appUrl, platform: platformUrl } = portal.urls;
    const open = (clockOffsetMs: number) => openDatabase({ appUrl, platformUrl, clockOffsetMs, size: 2 });
    const [ahead, later] = await Promise.all([open(240 * HOUR), open(242 * HOUR)]);
    try {
      const { token, expires_at } = await inTenant(ahead, tenant.id, (db) =>
        mintToken(db, { user_id: ada.id, purpose: 'reset_password', sent_to: ada.email }),
      );
      expect((expires_at.getTime() - Date.now()) / HOUR).to.be.closeTo(241, 0.1);
      const find = (database: typeof ahead) =>
        inTenant(database, tenant.id, async (db) => findTokenUser(db, token, 'reset_password'));
      expect(await find(ahead)).to.include({ user_id: ada.id });
      expect(await find(later)).to.equal(undefined);
    } finally {
      await Promise.all([ahead.close(), later.close()]);
    }
  });
});

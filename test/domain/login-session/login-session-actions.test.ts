import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { systemActor } from '../../../src/domain/actor.ts';
import { logIn } from '../../../src/domain/login-session/login-session-actions.ts';
import { findCredentials } from '../../../src/domain/login-session/login-session-queries.ts';
import { parseEmailAddress } from '../../../src/domain/text/email-address.ts';
import { found } from '../../../src/errors.ts';
import { createCustomer, createTenant, type TestTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('logIn', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  const createCredentials = async () => {
    const { id, email } = await createCustomer(portal, tenant);
    const user = await inTenant(portal.database, tenant.id, async (db) =>
      findCredentials(db, 'customer', found(parseEmailAddress(email))),
    );
    if (!user) throw new Error('The customer was not found');
    return { id, user };
  };
  const attempt = (user: Parameters<typeof logIn>[2]) =>
    inTenant(portal.database, tenant.id, (db) =>
      logIn(db, systemActor('Tests'), user, {
        sidHash: `sid ${user.id}`,
        method: 'password',
        isRemembered: false,
      }),
    );

  it('starts a login session when the user has not changed since the password check', async () => {
    const { user } = await createCredentials();
    expect(await attempt(user)).to.have.nested.property('session.lifetime');
  });

  for (const [change, meanwhile] of Object.entries({
    'the password was changed': "password_hash = 'another'",
    'the login was disabled': "status = 'disabled'",
    'the address was changed': "email = 'moved@example.com', email_norm = 'moved@example.com'",
  })) {
    it(`starts no login session when ${change} after the password check`, async () => {
      const { id, user } = await createCredentials();
      await portal.owner.query(`update users set ${meanwhile} where id = $1`, [id]);

      expect(await attempt(user)).to.include({ ok: false });

      const { rows } = await portal.owner.query('select id from login_sessions where user_id = $1', [id]);
      expect(rows).to.deep.equal([]);
    });
  }
});

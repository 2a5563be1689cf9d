import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { systemActor } from '../../../src/domain/actor.ts';
import { logIn } from '../../../src/domain/login-session/login-session-actions.ts';
import { findCredentials } from '../../../src/domain/login-session/login-session-queries.ts';
import { parseEmailAddress } from '../../../src/domain/text/email-address.ts';
import { found } from '../../../src/errors.ts';
import { createCustomer, createTenant, type TestTenant } from '../../support/factories.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';

describe('Letting somebody in whose password was right', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  const checked = async () => {
    const { id, email } = await createCustomer(portal, tenant);
    const user = await inTenant(portal.database, tenant.id, async (db) =>
      findCredentials(db, 'customer', found(parseEmailAddress(email))),
    );
    if (!user) throw new Error('The customer is gone');
    return { id, user };
  };
  const enter = (user: Parameters<typeof logIn>[2]) =>
    inTenant(portal.database, tenant.id, (db) =>
      logIn(db, systemActor('Tests'), user, { sidHash: `sid ${user.id}`, isRemembered: false }),
    );

  it('starts a sign-in', async () => {
    const { user } = await checked();
    expect(await enter(user)).to.have.nested.property('session.id');
  });

  for (const [change, meanwhile] of Object.entries({
    'the password was changed': "password_hash = 'another'",
    'the login was disabled': "status = 'disabled'",
    'the address was moved': "email = 'moved@example.com', email_norm = 'moved@example.com'",
  })) {
    it(`starts none when ${change} while it was checked`, async () => {
      const { id, user } = await checked();
      await portal.owner.query(`update users set ${meanwhile} where id = $1`, [id]);

      expect(await enter(user)).to.equal(undefined);

      const { rows } = await portal.owner.query('select id from login_sessions where user_id = $1', [id]);
      expect(rows).to.deep.equal([]);
    });
  }
});

import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { systemActor } from '../../../src/domain/actor.ts';
import { acceptInvitation } from '../../../src/domain/invitation/invitation.ts';
import { findTokenUser, mintToken, type TokenUser } from '../../../src/domain/token/one-time-token.ts';
import { found } from '../../../src/errors.ts';
import { findEventNamesOf } from '../../support/audit.ts';
import { createCustomer, createTenant, type TestTenant } from '../../support/factories.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { sql, userRow } from '../../support/rows.ts';

describe('acceptInvitation', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  const invite = async () => {
    const { id, email } = await createCustomer(portal, tenant, { password: null });
    return inTenant(portal.database, tenant.id, async (db) => {
      const { token } = await mintToken(db, { user_id: id, purpose: 'invitation', sent_to: email });
      return { token, link: found(await findTokenUser(db, token, 'invitation')) };
    });
  };
  const accept = (link: TokenUser, token: string) =>
    inTenant(portal.database, tenant.id, (db) =>
      acceptInvitation(db, systemActor('Tests'), link, {
        token,
        passwordHash: 'a hash',
        sidHash: `sid ${link.user_id}`,
      }),
    );

  it('sets no password, records nothing and keeps the token when the login is refused', async () => {
    const { token, link } = await invite();
    const id = link.user_id;
    const [email] = await sql<{ email: string }>(
      portal,
      'update users set email = upper(email) where id = $1 returning email',
      [id],
    );

    expect(await accept(link, token)).to.include({ ok: false });

    expect((await userRow(portal, id))['password_hash']).to.equal(null);
    expect(await findEventNamesOf(portal, id)).to.deep.equal([]);
    expect(await accept({ ...link, ...email! }, token)).to.include({ ok: true });
  });
});

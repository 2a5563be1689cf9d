import { expect } from 'chai';
import { inTenant, readTenant } from '../../../src/database/in-tenant.ts';
import type { TenantDb } from '../../../src/database/tenant-db.ts';
import { newId } from '../../../src/database/new-id.ts';
import { resendEmail } from '../../../src/domain/email/email-actions.ts';
import { findEmail, listLatestEmails } from '../../../src/domain/email/email-queries.ts';
import { systemActor, type Actor } from '../../../src/domain/actor.ts';
import { queueEmail } from '../../../src/domain/email/queue-email.ts';
import { createCustomer, createStaff, createTenant, type TestTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('resendEmail', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let actor: Actor;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    const staff = await createStaff(portal, tenant);
    actor = { ...systemActor(staff.name), kind: 'staff', id: staff.id };
  });

  const runInTenant = <Result>(work: (db: TenantDb) => Result | Promise<Result>) =>
    inTenant(portal.database, tenant.id, work);

  it('queues a failed invitation as a new email with a new link and keeps the failed email', async () => {
    const { id: user_id, email } = await createCustomer(portal, tenant, { access: 'no_access' });
    await portal.owner.query('update users set password_hash = null where id = $1', [user_id]);
    portal.mailbox.mode = 'refuse';
    const failed = await runInTenant((db) =>
      queueEmail(db, { template: 'accountInvitation', user_id, audience: 'customer', to_address: email }),
    );
    await portal.runMail();
    portal.mailbox.mode = 'accept';

    const resent = await runInTenant((db) => resendEmail(db, actor, failed));
    if (!resent.ok) throw new Error(JSON.stringify(resent.errors));
    expect(resent.to_address).to.equal(email);
    await portal.runMail();
    const mail = await portal.mailbox.next(email);
    expect(mail.link).to.match(/\/account\/invitation\?token=[\w-]{43}$/);

    const again = await runInTenant((db) => findEmail(db, resent.email_id));
    expect(again).to.include({ resent_from: failed, state: 'accepted', requested_by: actor.id });
    const [listed] = await readTenant(portal.database, tenant.id, (db) => [listLatestEmails(db, user_id)]);
    expect(listed.map(({ state }) => state)).to.deep.equal(['accepted', 'failed']);
    const audit = await portal.owner.query("select actor_id from audit_events where event = 'email.resent'");
    expect(audit.rows).to.deep.equal([{ actor_id: actor.id }]);
    const { rows } = await portal.owner.query('select access from users where id = $1', [user_id]);
    expect(rows[0]).to.deep.equal({ access: 'invited' });
  });

  it('queues the email to the current address of the user', async () => {
    const { id: user_id, email } = await createCustomer(portal, tenant);
    const id = await runInTenant((db) =>
      queueEmail(db, { template: 'resetPassword', user_id, audience: 'customer', to_address: email }),
    );
    await portal.runMail();
    await portal.owner.query(
      "update users set email = 'new.' || email, email_norm = 'new.' || email_norm where id = $1",
      [user_id],
    );
    expect(await runInTenant((db) => resendEmail(db, actor, id))).to.include({
      ok: true,
      to_address: `new.${email}`,
    });
  });

  it('refuses an email without a user and an email that is still due', async () => {
    const withoutUser = await runInTenant((db) =>
      queueEmail(db, { template: 'resetPassword', audience: 'customer', to_address: 'unknown@example.com' }),
    );
    await portal.runMail();
    expect(await runInTenant((db) => resendEmail(db, actor, withoutUser))).to.deep.include({
      ok: false,
      errors: [{ field: 'email', code: 'unknown_recipient' }],
    });

    const { id: user_id, email } = await createCustomer(portal, tenant);
    portal.mailbox.mode = 'defer';
    const waiting = await runInTenant((db) =>
      queueEmail(db, { template: 'resetPassword', user_id, audience: 'customer', to_address: email }),
    );
    await portal.runMail();
    portal.mailbox.mode = 'accept';
    expect(await runInTenant((db) => resendEmail(db, actor, waiting))).to.include({ ok: false });
  });

  it("throws NotFound for another tenant's email", async () => {
    const other = await createTenant(portal);
    const { id: user_id, email } = await createCustomer(portal, other);
    const id = await inTenant(portal.database, other.id, (db) =>
      queueEmail(db, { template: 'resetPassword', user_id, audience: 'customer', to_address: email }),
    );
    for (const unknown of [id, newId()]) {
      const result = await runInTenant((db) => resendEmail(db, actor, unknown)).catch(
        (error: Error) => error.name,
      );
      expect(result).to.equal('NotFound');
    }
  });
});

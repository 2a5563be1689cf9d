import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import type { TemplateName } from '../../src/domain/email/email-templates.ts';
import { queueEmail } from '../../src/domain/email/queue-email.ts';
import { tokenLifetimes, type TokenPurpose } from '../../src/domain/token/one-time-token.ts';
import { findAuditEvents } from '../support/audit.ts';
import { createCustomer, createStaff, createTenant, type TestTenant } from '../support/factories.ts';
import type { Page } from '../support/page.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql, userRow } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

interface DeadLink {
  portal: 'account' | 'operations';
  purpose: TokenPurpose;
  template: TemplateName;
  variables?: Record<string, string>;
  path: string;
  button: string;
  hasPassword?: boolean;
  /** Of users who wait for their first password. */
  access?: string;
  sent: string;
}

const kinds: DeadLink[] = [
  {
    portal: 'account',
    purpose: 'reset_password',
    template: 'resetPassword',
    path: '/account/reset-password',
    button: 'Save password',
    hasPassword: true,
    sent: 'If an account exists for ADDRESS, we have sent a link. It works for 60 minutes',
  },
  {
    portal: 'account',
    purpose: 'set_password',
    template: 'setPassword',
    path: '/account/set-password',
    button: 'Submit',
    sent: 'If ADDRESS has an account that is not active yet, we have sent password setup instructions. The link works for 24 hours',
  },
  {
    portal: 'account',
    purpose: 'invitation',
    template: 'accountInvitation',
    variables: { inviter_name: 'Grace Hopper', company_name: 'Bay Ltd' },
    path: '/account/invitation',
    button: 'Accept invitation',
    access: 'invited',
    sent: 'If there is an open invitation for ADDRESS, we have sent it again. The link works for 7 days',
  },
  {
    portal: 'account',
    purpose: 'verify_email',
    template: 'verifyEmail',
    path: '/account/verify-email',
    button: 'Confirm email address',
    hasPassword: true,
    sent: 'If ADDRESS is not confirmed yet, we have sent a link. The link works for 24 hours',
  },
  {
    portal: 'account',
    purpose: 'change_email',
    template: 'verifyEmail',
    variables: { purpose: 'change_email' },
    path: '/account/verify-email',
    button: 'Confirm email address',
    hasPassword: true,
    sent: 'If ADDRESS is not confirmed yet, we have sent a link. The link works for 24 hours',
  },
  {
    portal: 'operations',
    purpose: 'reset_password',
    template: 'resetPassword',
    path: '/reset-password',
    button: 'Save password',
    hasPassword: true,
    sent: 'If an account exists for ADDRESS, we have sent a link. It works for 60 minutes',
  },
  {
    portal: 'operations',
    purpose: 'set_password',
    template: 'setPassword',
    path: '/set-password',
    button: 'Save password',
    access: 'invited',
    sent: 'If ADDRESS has an account that is not active yet, we have sent password setup instructions. The link works for 24 hours',
  },
];

describe('A new link for one that no longer works', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  const anonymous = ({ portal: name }: DeadLink) => new Visitor(portal, tenant[name]);

  /** A person whose link was mailed and has expired, and the address that it was sent to. */
  async function createDeadLink(kind: DeadLink) {
    const isChange = kind.purpose === 'change_email';
    const create = kind.portal === 'operations' ? createStaff : createCustomer;
    const person = await create(portal, tenant, {
      ...(!kind.hasPassword && { password: null }),
      ...(!isChange && { email_verified_at: null }),
    });
    const address = isChange ? `next.${person.email}` : person.email;
    if (isChange)
      await sql(portal, 'update users set pending_email = $2 where id = $1', [person.id, address]);
    const audience = kind.portal === 'operations' ? 'staff' : 'customer';
    const { template, variables = {} } = kind;
    await inTenant(portal.database, tenant.id, async (db) =>
      queueEmail(db, { template, variables, user_id: person.id, audience, to_address: address }),
    );
    await portal.runMail();
    const { link } = await portal.mailbox.next(address);
    const past = "now() - interval '1 minute'";
    await sql(portal, `update one_time_tokens set expires_at = ${past} where user_id = $1`, [person.id]);
    if (kind.access)
      await sql(portal, `update users set access_expires_at = ${past} where id = $1`, [person.id]);
    return { person, address, link };
  }

  const request = (page: Page, address: string) =>
    page.submit('Send me a new link', { 'Email address': address });

  for (const kind of kinds) {
    describe(`for ${kind.purpose} at the ${kind.portal} portal`, () => {
      it('is of the same kind, has its full lifetime and works', async () => {
        const { person, address, link } = await createDeadLink(kind);
        const dead = await anonymous(kind).visit(link);
        expect(dead.status).to.equal(410);
        const sent = await request(dead, address);
        expect(sent.h1).to.equal('Check your email');
        expect(sent.text).to.include(kind.sent.replace('ADDRESS', address));
        await portal.runMail();
        const mail = await portal.mailbox.next(address);
        const page = await anonymous(kind).openLink(mail.link);
        expect([page.status, page.path]).to.deep.equal([200, kind.path]);
        expect(page.buttons).to.include(kind.button);
        const [token] = await sql<{ purpose: string; seconds: number }>(
          portal,
          `select purpose, extract(epoch from expires_at - created_at)::int as seconds from one_time_tokens
           where user_id = $1 and used_at is null and revoked_at is null and expires_at > now()`,
          [person.id],
        );
        expect(token!.purpose).to.equal(kind.purpose);
        expect(token!.seconds).to.be.closeTo(tokenLifetimes[kind.purpose], 60);
        if (kind.access) {
          const row = await userRow(portal, person.id);
          expect(row['access']).to.equal(kind.access);
          expect((row['access_expires_at'] as Date).getTime()).to.be.greaterThan(Date.now());
        }
      });

      it('can be requested in a browser that has not opened the link', async () => {
        const { address } = await createDeadLink(kind);
        await request(await anonymous(kind).visit(kind.path), address);
        await portal.runMail();
        expect(new URL((await portal.mailbox.next(address)).link).pathname).to.equal(kind.path);
      });

      it('has the same response for an unknown address, and an error for a malformed one', async () => {
        const { address, link } = await createDeadLink(kind);
        const dead = await anonymous(kind).visit(link);
        const unknown = `x${address.slice(1)}`;
        const shown = [address, unknown].map(async (typed) => {
          const page = await request(await anonymous(kind).visit(link), typed);
          return { path: page.path, status: page.status, text: page.text.replaceAll(typed, 'ADDRESS') };
        });
        const [known, other] = await Promise.all(shown);
        expect(other).to.deep.equal(known);
        const refused = await request(dead, 'no address');
        expect(refused.status).to.equal(422);
        expect(refused.errors).to.have.length(1);
        const sent = await refused.submit(
          refused.buttons.find((name) => name !== 'Log in')!,
          {
            username: address,
          },
        );
        expect(sent.h1).to.equal('Check your email');
        await portal.runMail();
        expect(portal.mailbox.messages.filter(({ to }) => to === unknown)).to.deep.equal([]);
      });
    });
  }

  it('repeats what the invitation said, and its request is in the audit log', async () => {
    const kind = kinds.find(({ purpose }) => purpose === 'invitation')!;
    const { address, link } = await createDeadLink(kind);
    const before = await findAuditEvents(portal, tenant, 'user.invitation_requested');
    await request(await anonymous(kind).visit(link), address);
    const after = await findAuditEvents(portal, tenant, 'user.invitation_requested');
    expect(after.length - before.length).to.equal(1);
    await portal.runMail();
    const mail = await portal.mailbox.next(address);
    expect(mail.subject).to.include('Grace Hopper invites you');
    const page = await anonymous(kind).visit(mail.link);
    expect(page.text).to.include('Grace Hopper has set up an account for you at Bay Ltd.');
  });

  it('is no invitation for a customer who was never invited', async () => {
    const kind = kinds.find(({ purpose }) => purpose === 'invitation')!;
    const ada = await createCustomer(portal, tenant, { password: null });
    await request(await anonymous(kind).visit(kind.path), ada.email);
    await portal.runMail();
    expect((await portal.mailbox.next(ada.email)).link).to.include('/account/set-password?token=');
    expect((await userRow(portal, ada.id))['access']).to.equal('no_access');
  });

  it('is not sent after the invitation was revoked', async () => {
    const kind = kinds.find(({ purpose }) => purpose === 'invitation')!;
    const { person, address, link } = await createDeadLink(kind);
    await sql(portal, `update users set access = 'revoked' where id = $1`, [person.id]);
    const before = portal.mailbox.messages.length;
    await request(await anonymous(kind).visit(link), address);
    await portal.runMail();
    expect(portal.mailbox.messages).to.have.length(before);
  });

  it('leads a user who has a password to the login', async () => {
    for (const kind of kinds.filter(
      ({ purpose }) => purpose === 'invitation' || purpose === 'set_password',
    )) {
      const create = kind.portal === 'operations' ? createStaff : createCustomer;
      const { email } = await create(portal, tenant);
      await request(await anonymous(kind).visit(kind.path), email);
      await portal.runMail();
      expect((await portal.mailbox.next(email)).subject).to.include('You already have an account');
    }
  });

  it('is sent to the new address when the current one is typed, and to no address that is confirmed', async () => {
    const kind = kinds.find(({ purpose }) => purpose === 'change_email')!;
    const { person, address, link } = await createDeadLink(kind);
    await request(await anonymous(kind).visit(link), person.email);
    await portal.runMail();
    expect((await portal.mailbox.next(address)).link).to.include('/account/verify-email?token=');

    await sql(portal, 'update users set pending_email = null where id = $1', [person.id]);
    const before = portal.mailbox.messages.length;
    await request(await anonymous(kind).visit(link), person.email);
    await portal.runMail();
    expect(portal.mailbox.messages).to.have.length(before);
  });

  it('is sent at most five times an hour for an invitation or a confirmation', async () => {
    for (const purpose of ['invitation', 'verify_email']) {
      const kind = kinds.find((each) => each.purpose === purpose)!;
      const { address } = await createDeadLink(kind);
      await sql(portal, `update emails set requested_by = user_id where to_address = $1`, [address]);
      const before = portal.mailbox.messages.length;
      for (let times = 0; times < 6; times += 1) {
        await request(await anonymous(kind).visit(kind.path), address);
        await portal.runMail();
      }
      expect(portal.mailbox.messages.length - before, purpose).to.equal(5);
    }
  });
});

import { expect } from 'chai';
import { createCustomer, createTenant, type TestTenant } from '../support/factories.ts';
import type { Mail } from '../support/mailbox.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { receiveEmail, userRow } from '../support/rows.ts';

const NEW = 'three random words';

const links = [
  { template: 'setPassword', path: '/account/set-password', button: 'Submit' },
  { template: 'resetPassword', path: '/account/reset-password', button: 'Save password' },
  { template: 'accountInvitation', path: '/account/invitation', button: 'Accept invitation' },
] as const;

describe('Mailed links', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let other: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    other = await createTenant(portal);
  });
  after(() => portal.close());

  const stranger = (of = tenant) => new Visitor(portal, of.account);
  const pathOf = (mail: Mail) => mail.link.replace(/^https?:\/\/[^/]+/, '');
  const someone = () => createCustomer(portal, tenant, { password: null });

  async function isDead(link: string, of = tenant): Promise<void> {
    const page = await stranger(of).visit(link);
    expect(page.status, link).to.equal(410);
    expect(page.h1).to.equal('This link no longer works');
    expect(page.buttons).to.include('Send me a new link');
  }

  for (const { template, path, button } of links) {
    describe(template, () => {
      it('survives a hundred looks of a mail scanner', async () => {
        const ada = await someone();
        const mail = await receiveEmail(portal, tenant, ada, template);
        const before = await userRow(portal, ada.id);
        for (let looks = 0; looks < 50; looks += 1) {
          const scanner = stranger();
          const opened = await scanner.get(pathOf(mail));
          expect(opened.status).to.equal(303);
          expect((await scanner.get(opened.headers['location'] as string)).status).to.equal(200);
        }
        expect(await userRow(portal, ada.id)).to.deep.equal(before);
        const page = await stranger().visit(mail.link);
        const done = await page.submit(button, { 'New password': NEW, accept_terms: true });
        expect(done.status).to.equal(200);
        expect((await userRow(portal, ada.id))['access']).to.equal('active');
      });

      it('is spent once by twenty at the same time', async () => {
        const ada = await someone();
        const mail = await receiveEmail(portal, tenant, ada, template);
        const crowd = await Promise.all(
          Array.from({ length: 20 }, async (_, n) => {
            // Nobody is slowed as somebody who guesses: each has an address of their own.
            const visitor = stranger();
            return { visitor, page: await visitor.visit(mail.link), password: `${NEW} number ${n}` };
          }),
        );
        const answers = await Promise.all(
          crowd.map(({ visitor, page, password }) =>
            visitor.postFrom(page, path, { new_password: password, accept_terms: '1' }),
          ),
        );
        const statuses = answers.map((answer) => answer.status);
        expect(statuses.filter((status) => status === 303)).to.have.length(1);
        expect(statuses.filter((status) => status === 410)).to.have.length(19);
        const { password } = crowd[statuses.indexOf(303)]!;
        const login = await stranger().visit('/account/login');
        const inside = await login.submit('Log in', { 'Email address': ada.email, Password: password });
        expect(inside.path).to.equal('/account');
      });

      it('is dead once used, altered, expired, or on the portal of another tenant', async () => {
        const ada = await someone();
        const mail = await receiveEmail(portal, tenant, ada, template);
        const last = mail.link.at(-1) === 'A' ? 'B' : 'A';
        await isDead(mail.link.slice(0, -1) + last);
        await isDead(pathOf(mail), other);
        await portal.owner.query(
          `update one_time_tokens set expires_at = now() - interval '1 second' where user_id = $1`,
          [ada.id],
        );
        await isDead(mail.link);
        const again = await receiveEmail(portal, tenant, ada, template);
        const page = await stranger().visit(again.link);
        await page.submit(button, { 'New password': NEW, accept_terms: true });
        await isDead(again.link);
      });

      it('is dead once a newer one was sent, or its person was disabled', async () => {
        const ada = await someone();
        const first = await receiveEmail(portal, tenant, ada, template);
        const second = await receiveEmail(portal, tenant, ada, template);
        await isDead(first.link);
        expect((await stranger().visit(second.link)).status).to.equal(200);
        await portal.owner.query(`update users set status = 'disabled' where id = $1`, [ada.id]);
        await isDead(second.link);
      });

      it('opens no page of another kind', async () => {
        const ada = await someone();
        const mail = await receiveEmail(portal, tenant, ada, template);
        const token = new URL(mail.link).search;
        for (const elsewhere of links.filter((each) => each.path !== path))
          await isDead(elsewhere.path + token);
        await isDead(`/account/verify-email${token}`);
      });
    });
  }

  it('that are dead lead to a new one', async () => {
    const ada = await someone();
    const mail = await receiveEmail(portal, tenant, ada, 'setPassword');
    await receiveEmail(portal, tenant, ada, 'setPassword');
    const dead = await stranger().visit(mail.link);
    const sent = await dead.submit('Send me a new link', { 'Email address': ada.email });
    expect(sent.path).to.equal('/account/forgot-password/sent');
    const page = await stranger().visit((await portal.mailbox.next(ada.email)).link);
    expect(page.path).to.equal('/account/reset-password');
  });

  it('that are guessed at are slowed', async () => {
    const guesser = stranger();
    for (let guess = 0; guess < 30; guess += 1)
      expect((await guesser.visit(`/account/set-password?token=guess-${guess}`)).status).to.equal(410);
    const slowed = await guesser.visit('/account/set-password?token=guess-30');
    expect(slowed.status).to.equal(429);
    expect(Number(slowed.headers['retry-after'])).to.be.within(1, 900);
  });

  it('leave the token in no address and no header that others see', async () => {
    const ada = await someone();
    const mail = await receiveEmail(portal, tenant, ada, 'setPassword');
    const token = new URL(mail.link).searchParams.get('token')!;
    const answer = await stranger().get(pathOf(mail));
    expect(answer.headers['location']).to.match(/^\/account\/set-password\?link=[0-9a-f]{16}$/);
    expect(answer.headers['cache-control']).to.equal('no-store');
    const page = await stranger().visit(mail.link);
    expect(page.html).to.not.include(token);
  });
});

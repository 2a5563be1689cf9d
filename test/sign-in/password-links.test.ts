import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { createCustomer, createTenant, publishTerms, type TestTenant } from '../support/factories.ts';
import type { Mail } from '../support/mailbox.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { receiveEmail, sql, untilBlocked, userRow } from '../support/rows.ts';

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
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    other = await createTenant(portal);
  });

  const anonymous = (of = tenant) => new Visitor(portal, of.account);
  const pathOf = (mail: Mail) => mail.link.replace(/^https?:\/\/[^/]+/, '');
  const invited = () => createCustomer(portal, tenant, { password: null });

  async function acceptedVersions(userId: string): Promise<number[]> {
    const text = `select v.number from terms_acceptances a
      join terms_versions v on v.tenant_id = a.tenant_id and v.id = a.terms_version_id where a.user_id = $1`;
    return (await sql<{ number: number }>(portal, text, [userId])).map(({ number }) => number);
  }

  async function expectInvalidLink(link: string, of = tenant): Promise<void> {
    const page = await anonymous(of).visit(link);
    expect(page.status, link).to.equal(410);
    expect(page.h1).to.equal('This link no longer works');
    expect(page.buttons).to.include('Send me a new link');
  }

  for (const { template, path, button } of links) {
    describe(`of the email ${template}`, () => {
      it('are not consumed by a hundred GET requests', async () => {
        const ada = await invited();
        const mail = await receiveEmail(portal, tenant, ada, template);
        const before = await userRow(portal, ada.id);
        for (let n = 0; n < 50; n += 1) {
          const scanner = anonymous();
          const opened = await scanner.get(pathOf(mail));
          expect(opened.status).to.equal(303);
          expect((await scanner.get(opened.headers['location'] as string)).status).to.equal(200);
        }
        expect(await userRow(portal, ada.id)).to.deep.equal(before);
        const page = await anonymous().visit(mail.link);
        const done = await page.submit(button, { 'New password': NEW, accept_terms: true });
        expect(done.status).to.equal(200);
        expect((await userRow(portal, ada.id))['access']).to.equal('active');
      });

      it('are consumed once by twenty parallel forms', async () => {
        const ada = await invited();
        const mail = await receiveEmail(portal, tenant, ada, template);
        const crowd = await Promise.all(
          Array.from({ length: 20 }, async (_, n) => {
            // Each visitor has its own IP address, so that none is throttled.
            const visitor = anonymous();
            return { visitor, page: await visitor.visit(mail.link), password: `${NEW} number ${n}` };
          }),
        );
        const responses = await Promise.all(
          crowd.map(({ visitor, page, password }) =>
            visitor.postFrom(page, path, { new_password: password, accept_terms: '1' }),
          ),
        );
        const statuses = responses.map((response) => response.status);
        expect(statuses.filter((status) => status === 303)).to.have.length(1);
        expect(statuses.filter((status) => status === 410)).to.have.length(19);
        const { password } = crowd[statuses.indexOf(303)]!;
        const login = await anonymous().visit('/account/login');
        const inside = await login.submit('Log in', { 'Email address': ada.email, Password: password });
        expect(inside.path).to.equal('/account');
      });

      it('do not work when consumed, altered, expired or opened at another tenant', async () => {
        const ada = await invited();
        const mail = await receiveEmail(portal, tenant, ada, template);
        const last = mail.link.at(-1) === 'A' ? 'B' : 'A';
        await expectInvalidLink(mail.link.slice(0, -1) + last);
        await expectInvalidLink(pathOf(mail), other);
        await portal.owner.query(
          `update one_time_tokens set expires_at = now() - interval '1 second' where user_id = $1`,
          [ada.id],
        );
        await expectInvalidLink(mail.link);
        const again = await receiveEmail(portal, tenant, ada, template);
        const page = await anonymous().visit(again.link);
        await page.submit(button, { 'New password': NEW, accept_terms: true });
        await expectInvalidLink(again.link);
      });

      it('do not work after a newer link was sent or the user was disabled', async () => {
        const ada = await invited();
        const first = await receiveEmail(portal, tenant, ada, template);
        const second = await receiveEmail(portal, tenant, ada, template);
        await expectInvalidLink(first.link);
        expect((await anonymous().visit(second.link)).status).to.equal(200);
        await portal.owner.query(`update users set status = 'disabled' where id = $1`, [ada.id]);
        await expectInvalidLink(second.link);
      });

      it('show the form again with the new terms when others were published, and consume nothing', async () => {
        const own = await createTenant(portal);
        const ada = await createCustomer(portal, own, { password: null });
        const mail = await receiveEmail(portal, own, ada, template);
        const visitor = anonymous(own);
        const page = await visitor.visit(mail.link);
        await publishTerms(portal, own, 'Be better than before.');
        const fields = { 'New password': NEW, 'I agree to the Terms and Conditions': true };
        const unticked = await page.submit(button, { 'New password': NEW });
        expect(unticked.text).to.include('Be better than before.');
        const again = await page.submit(button, fields);
        expect(again.status).to.equal(422);
        expect(again.errors).to.deep.equal(['A new version has been published. Read it before you agree.']);
        expect(again.text).to.include('Be better than before.');
        expect(again.find('[name="accept_terms"]')!.hasAttribute('checked')).to.equal(false);
        expect((await userRow(portal, ada.id))['password_hash']).to.equal(null);
        expect(await acceptedVersions(ada.id)).to.deep.equal([]);

        for (const number of ['', '0', '1', 'abc', '02', '2 ', '2e0']) {
          const body = { new_password: NEW, accept_terms: '1', number };
          expect((await visitor.postFrom(again, again.url, body)).status, number).to.equal(422);
        }
        expect(
          (await visitor.postFrom(again, again.url, { 'number[]': ['2'], new_password: NEW })).status,
        ).to.be.oneOf([400, 422]);
        expect(await acceptedVersions(ada.id)).to.deep.equal([]);
        expect((await again.submit(button, fields)).status).to.equal(200);
        expect(await acceptedVersions(ada.id)).to.deep.equal([2]);
      });

      it('show the form again when the terms are published while the password is saved', async () => {
        const own = await createTenant(portal);
        const ada = await createCustomer(portal, own, { password: null });
        const mail = await receiveEmail(portal, own, ada, template);
        const visitor = anonymous(own);
        const page = await visitor.visit(mail.link);
        // The save waits for the lock after its form was checked.
        const saving = await inTenant(portal.database, own.id, async (db) => {
          await db.from('users').where({ id: ada.id }).forUpdate().select('id');
          const response = visitor.postFrom(page, page.url, { new_password: NEW, accept_terms: '1' });
          await untilBlocked(portal);
          await publishTerms(portal, own, 'Published meanwhile.');
          return { response };
        });
        const response = await saving.response;
        expect(response.status).to.equal(422);
        expect(response.text).to.include('Published meanwhile.');
        expect((await userRow(portal, ada.id))['password_hash']).to.equal(null);
        expect(await acceptedVersions(ada.id)).to.deep.equal([]);
      });

      it('do not work on the page of another purpose', async () => {
        const ada = await invited();
        const mail = await receiveEmail(portal, tenant, ada, template);
        const token = new URL(mail.link).search;
        for (const elsewhere of links.filter((each) => each.path !== path))
          await expectInvalidLink(elsewhere.path + token);
        await expectInvalidLink(`/account/verify-email${token}`);
      });
    });
  }

  it('can be requested again from the page of a link that no longer works', async () => {
    const ada = await invited();
    const mail = await receiveEmail(portal, tenant, ada, 'setPassword');
    await receiveEmail(portal, tenant, ada, 'setPassword');
    const invalid = await anonymous().visit(mail.link);
    const sent = await invalid.submit('Send me a new link', { 'Email address': ada.email });
    expect(sent.path).to.equal('/account/activate/sent');
    const page = await anonymous().visit((await portal.mailbox.next(ada.email)).link);
    expect(page.path).to.equal('/account/set-password');
  });

  it('work when copied with punctuation, spaces, line breaks or invisible characters', async () => {
    const ada = await invited();
    for (const { template, path, button } of links) {
      const { link } = await receiveEmail(portal, tenant, ada, template);
      const wrapped = `${link.slice(0, -20)}%0D%0A%3E%20${link.slice(-20)}`;
      const copied = ['.', '>', '%20', '%E2%80%8B', ').', '%22', '.%20Regards', '%C2%AD'].map(
        (end) => link + end,
      );
      for (const address of [...copied, link.replace('token=', 'token=%20%E2%80%8E'), wrapped]) {
        const page = await anonymous().visit(address);
        expect([page.status, page.path], address).to.deep.equal([200, path]);
        expect(page.buttons).to.include(button);
      }
    }
  });

  it('do not count a link that was mailed as a guess when it no longer works', async () => {
    const ada = await invited();
    const { link } = await receiveEmail(portal, tenant, ada, 'setPassword');
    await receiveEmail(portal, tenant, ada, 'setPassword');
    const visitor = anonymous();
    for (let visits = 0; visits < 31; visits += 1) expect((await visitor.visit(link)).status).to.equal(410);
  });

  it('respond with 429 after thirty guesses', async () => {
    const guesser = anonymous();
    for (let guess = 0; guess < 30; guess += 1)
      expect((await guesser.visit(`/account/set-password?token=guess-${guess}`)).status).to.equal(410);
    const slowed = await guesser.visit('/account/set-password?token=guess-30');
    expect(slowed.status).to.equal(429);
    expect(Number(slowed.headers['retry-after'])).to.be.within(1, 900);
    expect((await anonymous().visit('/account/set-password?token=guess-31')).status).to.equal(410);
  });

  it('reveal the token in no URL, header or page', async () => {
    const ada = await invited();
    const mail = await receiveEmail(portal, tenant, ada, 'setPassword');
    const token = new URL(mail.link).searchParams.get('token')!;
    const response = await anonymous().get(pathOf(mail));
    expect(response.headers['location']).to.match(/^\/account\/set-password\?link=[0-9a-f]{16}$/);
    expect(response.headers['cache-control']).to.equal('no-store');
    const page = await anonymous().visit(mail.link);
    expect(page.html).to.not.include(token);
  });
});

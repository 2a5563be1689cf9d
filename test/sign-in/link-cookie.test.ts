import { expect } from 'chai';
import type { Response } from 'supertest';
import { inTenant } from '../../src/database/in-tenant.ts';
import {
  hashToken,
  mintToken,
  tokenLifetimes,
  type TokenPurpose,
} from '../../src/domain/token/one-time-token.ts';
import { parseSetCookie } from '../support/cookie-jar.ts';
import {
  createCustomer,
  createDomain,
  createStaff,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import type { FieldValues } from '../support/page-form.ts';
import type { Page } from '../support/page.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

const NEW_PASSWORD = 'three random words are long enough';
const MAX_COOKIES = 5;

interface LinkKind {
  portal: 'account' | 'operations';
  purpose: TokenPurpose;
  path: string;
  button: string;
  fields: FieldValues;
}

const password = { 'New password': NEW_PASSWORD };
const passwordAndTerms = { ...password, 'I agree to the Terms and Conditions': true };

const kinds: LinkKind[] = [
  {
    portal: 'account',
    purpose: 'reset_password',
    path: '/account/reset-password',
    button: 'Save password',
    fields: passwordAndTerms,
  },
  {
    portal: 'account',
    purpose: 'set_password',
    path: '/account/set-password',
    button: 'Submit',
    fields: passwordAndTerms,
  },
  {
    portal: 'account',
    purpose: 'invitation',
    path: '/account/invitation',
    button: 'Accept invitation',
    fields: passwordAndTerms,
  },
  {
    portal: 'account',
    purpose: 'verify_email',
    path: '/account/verify-email',
    button: 'Confirm email address',
    fields: {},
  },
  {
    portal: 'account',
    purpose: 'change_email',
    path: '/account/verify-email',
    button: 'Confirm email address',
    fields: {},
  },
  {
    portal: 'operations',
    purpose: 'reset_password',
    path: '/reset-password',
    button: 'Save password',
    fields: password,
  },
  {
    portal: 'operations',
    purpose: 'set_password',
    path: '/set-password',
    button: 'Save password',
    fields: password,
  },
];

interface OpenedLink {
  person: TestPerson;
  token: string;
  /** The email address that the page shows: the current one, or the new one of an email change. */
  shown: string;
}

describe('One-time links in one browser', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  const browser = (kind: LinkKind) => new Visitor(portal, tenant[kind.portal]);
  const addressOf = (kind: LinkKind, { token }: OpenedLink) => `${kind.path}?token=${token}`;

  async function linkOf({ portal: audience, purpose }: LinkKind): Promise<OpenedLink> {
    const create = audience === 'operations' ? createStaff : createCustomer;
    const person = await create(portal, tenant, { password: null, email_verified_at: null });
    const pending = purpose === 'change_email' ? `next.${person.email}` : null;
    const sent_to = pending ?? person.email;
    const { token } = await inTenant(portal.database, tenant.id, async (db) => {
      await db.from('users').where({ id: person.id }).update({ pending_email: pending });
      return mintToken(db, { user_id: person.id, purpose, sent_to });
    });
    return { person, token, shown: sent_to };
  }

  /** Everything that changes when a link of this person is consumed. */
  async function stateOf({ person: { id } }: OpenedLink): Promise<unknown> {
    const read = (sql: string) => portal.owner.query(sql, [id]).then(({ rows }) => rows as unknown[]);
    return {
      user: await read('select * from users where id = $1'),
      tokens: await read('select used_at, revoked_at from one_time_tokens where user_id = $1'),
      terms: await read('select * from terms_acceptances where user_id = $1'),
      sessions: await read('select * from login_sessions where user_id = $1'),
    };
  }

  async function isConsumed({ token }: OpenedLink): Promise<boolean> {
    const { rows } = await portal.owner.query<{ is_used: boolean }>(
      'select used_at is not null as is_used from one_time_tokens where token_hash = $1',
      [hashToken(token)],
    );
    return rows[0]!.is_used;
  }

  /** Opens the links of two people one after the other in one browser. */
  async function openTwo(kind: LinkKind) {
    const visitor = browser(kind);
    const [anna, bob] = [await linkOf(kind), await linkOf(kind)];
    const annasPage = await visitor.visit(addressOf(kind, anna));
    const bobsPage = await visitor.visit(addressOf(kind, bob));
    return { visitor, anna, bob, annasPage, bobsPage };
  }

  const cookieOf = (visitor: Visitor, page: Page) =>
    visitor.cookies.get(`__Host-link-${new URL(page.url, visitor.origin).searchParams.get('link')}`);

  const linkCookies = (visitor: Visitor) =>
    visitor.cookies.names().filter((name) => name.startsWith('__Host-link-'));

  async function expectNotOpened(page: Page): Promise<void> {
    expect(page.status).to.equal(410);
    expect(page.h1).to.equal('Open the link in your email again');
    expect(page.buttons).to.include('Send me a new link');
  }

  for (const kind of kinds) {
    describe(`for ${kind.purpose} at the ${kind.portal} portal`, () => {
      it('are consumed by their own form, not by the form of the link opened last', async () => {
        const { anna, bob, annasPage } = await openTwo(kind);
        const before = await stateOf(bob);
        expect(annasPage.text).to.include(anna.shown);
        const done = await annasPage.submit(kind.button, kind.fields);
        expect(done.status).to.equal(200);
        expect(await isConsumed(anna)).to.equal(true);
        expect(await stateOf(bob)).to.deep.equal(before);
      });

      it('are each consumed when both forms are submitted one after the other', async () => {
        const { anna, bob, annasPage, bobsPage } = await openTwo(kind);
        await annasPage.submit(kind.button, kind.fields);
        const annasState = await stateOf(anna);
        let done = await bobsPage.submit(kind.button, kind.fields);
        if (kind.purpose === 'invitation') {
          // The first invitation logged its person in: the second form is stale and is for another person.
          const again = await done.submit('Submit again', { new_password: NEW_PASSWORD });
          expect(again.status).to.equal(409);
          expect(again.text).to.include(bob.shown);
          const form = await again.submit('Log out and continue');
          expect(form.text).to.include(bob.shown);
          done = await form.submit(kind.button, kind.fields);
        }
        expect(done.status).to.equal(200);
        expect(await isConsumed(bob)).to.equal(true);
        const { user, tokens } = (await stateOf(anna)) as { user: unknown; tokens: unknown };
        expect({ user, tokens }).to.deep.equal(userAndTokens(annasState));
      });

      it('show the same form when the first page is reloaded', async () => {
        const { visitor, anna, bob, annasPage, bobsPage } = await openTwo(kind);
        expect(annasPage.path).to.equal(kind.path);
        expect(annasPage.url).to.match(/\?link=[0-9a-f]{16}$/);
        expect(bobsPage.url).not.to.equal(annasPage.url);
        const reloaded = await visitor.visit(annasPage.url);
        expect(reloaded.text).to.include(anna.shown).and.not.include(bob.shown);
        await reloaded.submit(kind.button, kind.fields);
        expect(await isConsumed(anna)).to.equal(true);
        expect(await isConsumed(bob)).to.equal(false);
      });

      it('are not consumed by a form with a missing or malformed link id or that of another browser', async () => {
        const { visitor, anna, bob, annasPage } = await openTwo(kind);
        const foreign = await linkOf(kind);
        const elsewhere = await browser(kind).visit(addressOf(kind, foreign));
        const before = [await stateOf(anna), await stateOf(bob), await stateOf(foreign)];
        const id = linkIdOf(annasPage);
        const ids = [
          '',
          linkIdOf(elsewhere),
          id.toUpperCase().replace(/\d/g, 'A'),
          `${id}0`,
          id.slice(1),
          '__proto__',
        ];
        const body = { _csrf: csrfTokenOf(annasPage), new_password: NEW_PASSWORD, accept_terms: '1' };
        const bodies = [body, ...ids.map((link) => ({ ...body, link }))];
        for (const forged of bodies) {
          const response = await visitor.post(annasPage.url, forged);
          await expectNotOpened(await visitor.arrive(kind.path, response));
        }
        const after = [await stateOf(anna), await stateOf(bob), await stateOf(foreign)];
        expect(after).to.deep.equal(before);
        await annasPage.submit(kind.button, kind.fields);
        expect(await isConsumed(anna)).to.equal(true);
      });

      it('keep the token in a cookie with the lifetime of the link, and for ten minutes after consumption', async () => {
        const visitor = browser(kind);
        const anna = await linkOf(kind);
        const response = await visitor.get(addressOf(kind, anna));
        expect(response.status).to.equal(303);
        const id = hashToken(anna.token).toString('hex').slice(0, 16);
        expect(response.headers['location']).to.equal(`${kind.path}?link=${id}`);
        const cookie = cookiesOf(response).find(({ name }) => name === `__Host-link-${id}`)!;
        expect(cookie.attributes.get('max-age')).to.equal(String(tokenLifetimes[kind.purpose]));
        expect([...cookie.attributes.keys()]).to.include.members(['httponly', 'secure']);

        const page = await visitor.arrive(addressOf(kind, anna), response);
        const bobsPage = await visitor.visit(addressOf(kind, await linkOf(kind)));
        const saved = await visitor.postFrom(page, kind.path, bodyOf(page));
        const shortened = cookiesOf(saved).find(({ name }) => name === `__Host-link-${id}`)!;
        expect(shortened.attributes.get('max-age')).to.equal('600');
        expect(cookieOf(visitor, bobsPage)).to.be.a('string');
      });

      it('show the result again when their form is submitted twice at the same time', async () => {
        const visitor = browser(kind);
        const anna = await linkOf(kind);
        const page = await visitor.visit(addressOf(kind, anna));
        const post = () => visitor.postFrom(page, kind.path, bodyOf(page));
        const responses = await Promise.all([post(), post()]);
        const [first, second] = responses.map(({ status, headers }) => [
          status,
          headers['location'] as string,
        ]);
        expect(first![0]).to.equal(303);
        expect(second).to.deep.equal(first);
        const done = await visitor.visit(first![1] as string);
        expect([done.status, done.path]).to.deep.equal([200, first![1]]);
        expect(await isConsumed(anna)).to.equal(true);
      });

      // The page of an invitation is stale as soon as its user is logged in.
      if (kind.purpose === 'invitation') return;

      it('show the result again when their form is submitted once more, and change nothing', async () => {
        const visitor = browser(kind);
        const anna = await linkOf(kind);
        const page = await visitor.visit(addressOf(kind, anna));
        const first = await page.submit(kind.button, kind.fields);
        const before = await stateOf(anna);
        const again = await page.submit(kind.button, kind.fields);
        expect([again.status, again.path, again.flashes]).to.deep.equal([200, first.path, first.flashes]);
        expect(await stateOf(anna)).to.deep.equal(before);
      });

      it('show no result in another browser, for another password or after ten minutes', async () => {
        const visitor = browser(kind);
        const anna = await linkOf(kind);
        const page = await visitor.visit(addressOf(kind, anna));
        const elsewhere = await browser(kind).visit(addressOf(kind, anna));
        await page.submit(kind.button, kind.fields);
        expect((await elsewhere.submit(kind.button, kind.fields)).status).to.equal(410);
        const other = { ...bodyOf(page), new_password: 'other words of the same length' };
        if (kind.fields === passwordAndTerms || kind.fields === password)
          expect((await visitor.postFrom(page, kind.path, other)).status).to.equal(410);
        await portal.owner.query(
          `update one_time_tokens set used_at = used_at - interval '11 minutes' where token_hash = $1`,
          [hashToken(anna.token)],
        );
        expect((await page.submit(kind.button, kind.fields)).status).to.equal(410);
      });
    });
  }

  describe('for any purpose', () => {
    const [reset, setPassword, invitation, verify] = kinds as [LinkKind, LinkKind, LinkKind, LinkKind];
    const [staffReset, staffSetPassword] = kinds.filter(({ portal: name }) => name === 'operations') as [
      LinkKind,
      LinkKind,
    ];

    it('keep the link id in a form with errors and in its URL', async () => {
      const { visitor, anna, bob, annasPage } = await openTwo(reset);
      const refused = await annasPage.submit('Save password', { 'New password': 'short' });
      expect(refused.status).to.equal(422);
      expect(refused.url).to.equal(annasPage.url);
      expect((await visitor.visit(refused.url)).text).to.include(anna.shown);
      await refused.submit('Save password', reset.fields);
      expect(await isConsumed(anna)).to.equal(true);
      expect(await isConsumed(bob)).to.equal(false);
    });

    it('keep the link id in an expired form', async () => {
      const { visitor, anna, bob, annasPage } = await openTwo(reset);
      visitor.cookies.delete('__Host-csrf');
      const expired = await annasPage.submit('Save password', reset.fields);
      expect(expired.h1).to.equal('This form has expired');
      await expired.submit('Submit again', { new_password: NEW_PASSWORD });
      expect(await isConsumed(anna)).to.equal(true);
      expect(await isConsumed(bob)).to.equal(false);
    });

    it('are consumed independently when the purposes differ', async () => {
      const visitor = browser(reset);
      const [anna, bob, carol] = [await linkOf(reset), await linkOf(verify), await linkOf(setPassword)];
      const annasPage = await visitor.visit(addressOf(reset, anna));
      const bobsPage = await visitor.visit(addressOf(verify, bob));
      const carolsPage = await visitor.visit(addressOf(setPassword, carol));
      await annasPage.submit(reset.button, reset.fields);
      await bobsPage.submit(verify.button);
      await carolsPage.submit(setPassword.button, setPassword.fields);
      for (const link of [anna, bob, carol]) expect(await isConsumed(link)).to.equal(true);
    });

    it('name the person whose password was saved when another one is logged in', async () => {
      for (const kind of [reset, setPassword, staffReset, staffSetPassword]) {
        const isStaff = kind.portal === 'operations';
        const carol = await (isStaff ? signedInStaff : signedInCustomer)(portal, tenant);
        const anna = await linkOf(kind);
        const page = await carol.visit(addressOf(kind, anna));
        const done = await page.submit(kind.button, kind.fields);
        expect(await isConsumed(anna)).to.equal(true);
        expect(done.flashes).to.deep.equal([
          `The password for ${anna.person.email} is saved. You are still logged in as ${carol.person.email}.`,
        ]);
        expect(done.path).to.equal(isStaff ? '/dashboard' : '/account');
      }
    });

    it('are not consumed on the page of another purpose', async () => {
      const visitor = browser(reset);
      const anna = await linkOf(reset);
      const page = await visitor.visit(addressOf(reset, anna));
      for (const { path } of [setPassword, invitation, verify]) {
        const body = { link: linkIdOf(page), new_password: NEW_PASSWORD, accept_terms: '1' };
        expect((await visitor.postFrom(page, path, body)).status, path).to.be.oneOf([409, 410]);
        expect((await visitor.visit(`${path}?link=${linkIdOf(page)}`)).status, path).to.equal(410);
      }
      expect(await isConsumed(anna)).to.equal(false);
      await page.submit(reset.button, reset.fields);
      expect(await isConsumed(anna)).to.equal(true);
    });

    it('respond with 400 to a form or a URL with two link ids', async () => {
      const { visitor, anna, bob, annasPage, bobsPage } = await openTwo(reset);
      const body = { link: [linkIdOf(annasPage), linkIdOf(bobsPage)], new_password: NEW_PASSWORD };
      expect((await visitor.postFrom(annasPage, reset.path, body)).status).to.equal(400);
      const query = `link=${linkIdOf(annasPage)}&link=${linkIdOf(bobsPage)}`;
      expect((await visitor.visit(`${reset.path}?${query}`)).status).to.equal(400);
      for (const link of [anna, bob]) expect(await isConsumed(link)).to.equal(false);
    });

    it('refuse a cookie that was altered or stored under the id of another link', async () => {
      const { visitor, anna, bob, annasPage, bobsPage } = await openTwo(reset);
      const bobsCookie = cookieOf(visitor, bobsPage)!;
      for (const altered of [bobsCookie, `${cookieOf(visitor, annasPage)}x`, 'j:{"a":1}', '.']) {
        visitor.cookies.set(`__Host-link-${linkIdOf(annasPage)}`, altered);
        await expectNotOpened(await annasPage.submit(reset.button, reset.fields));
      }
      for (const link of [anna, bob]) expect(await isConsumed(link)).to.equal(false);
    });

    it('show neither form nor email address to a browser that has only the URL without the token', async () => {
      for (const kind of kinds) {
        const anna = await linkOf(kind);
        const { url } = await browser(kind).visit(addressOf(kind, anna));
        for (const address of [url, kind.path]) {
          const page = await browser(kind).visit(address);
          await expectNotOpened(page);
          expect(page.html).not.to.include(anna.shown);
          expect(page.buttons).not.to.include(kind.button);
        }
      }
    });

    it('do not count a URL without its cookie as a guess', async () => {
      const { url } = await browser(reset).visit(addressOf(reset, await linkOf(reset)));
      const visitor = browser(reset);
      for (let visits = 0; visits < 31; visits += 1) expect((await visitor.get(url)).status).to.equal(410);
    });

    it('can be requested again from the page of a link that was not opened in this browser', async () => {
      const customer = await createCustomer(portal, tenant);
      const page = await browser(reset).visit(reset.path);
      const sent = await page.submit('Send me a new link', { 'Email address': customer.email });
      expect(sent.h1).to.equal('Check your email');
      expect((await portal.mailbox.next(customer.email)).link).to.include(reset.path);
    });

    it('drop the cookie of the link opened first when more than five are open', async () => {
      const visitor = browser(verify);
      const pages: Page[] = [];
      for (let links = 0; links < MAX_COOKIES + 2; links += 1)
        pages.push(await visitor.visit(addressOf(verify, await linkOf(verify))));
      expect(linkCookies(visitor)).to.have.members(
        pages.slice(2).map((page) => `__Host-link-${linkIdOf(page)}`),
      );
      await expectNotOpened(await visitor.visit(pages[0]!.url));
      expect((await visitor.visit(pages[2]!.url)).status).to.equal(200);
      expect(visitor.cookies.header().length).to.be.below(2500);
    });

    it('drop unreadable cookies before the cookies of open links', async () => {
      const visitor = browser(verify);
      const first = await visitor.visit(addressOf(verify, await linkOf(verify)));
      const unreadable = Array.from({ length: MAX_COOKIES }, (_, n) => `__Host-link-${`${n}`.repeat(16)}`);
      for (const name of unreadable) visitor.cookies.set(name, 'x.y');
      await visitor.visit(addressOf(verify, await linkOf(verify)));
      expect(linkCookies(visitor)).to.have.length(MAX_COOKIES);
      expect((await visitor.visit(first.url)).status).to.equal(200);
    });

    it('have one cookie each, also when opened several times', async () => {
      const visitor = browser(reset);
      const bobsPage = await visitor.visit(addressOf(reset, await linkOf(reset)));
      const anna = await linkOf(reset);
      for (let times = 0; times < MAX_COOKIES + 1; times += 1) await visitor.visit(addressOf(reset, anna));
      expect((await visitor.visit(bobsPage.url)).status).to.equal(200);
    });

    it('have separate cookies on a plain http host, where cookies have no prefix', async () => {
      await createDomain(portal, tenant, 'plain.example');
      const visitor = new Visitor(portal, 'plain.example');
      const [anna, bob] = [await linkOf(reset), await linkOf(reset)];
      const annasPage = await visitor.visit(addressOf(reset, anna));
      await visitor.visit(addressOf(reset, bob));
      expect(visitor.cookies.get(`link-${linkIdOf(annasPage)}`)).to.be.a('string');
      await annasPage.submit(reset.button, reset.fields);
      expect(await isConsumed(anna)).to.equal(true);
      expect(await isConsumed(bob)).to.equal(false);
    });

    it('show the token neither in the page nor in its URL', async () => {
      for (const kind of kinds) {
        const anna = await linkOf(kind);
        const page = await browser(kind).visit(addressOf(kind, anna));
        expect(page.html).not.to.include(anna.token);
        expect(page.url).not.to.include(anna.token);
      }
    });
  });
});

/** The id that a page's form carries. */
function linkIdOf(page: Page): string {
  return page.find('main input[type="hidden"][name="link"]')!.getAttribute('value')!;
}

function cookiesOf(response: Response) {
  return (response.headers['set-cookie'] as unknown as string[]).map(parseSetCookie);
}

/** The fields that a browser sends with a password, the terms accepted. */
function bodyOf(page: Page): Record<string, string> {
  return { new_password: NEW_PASSWORD, accept_terms: page.find('[name="accept_terms"]') ? '1' : '' };
}

function csrfTokenOf(page: Page): string {
  return page.find('main input[name="_csrf"]')!.getAttribute('value')!;
}

function userAndTokens(state: unknown) {
  const { user, tokens } = state as { user: unknown; tokens: unknown };
  return { user, tokens };
}

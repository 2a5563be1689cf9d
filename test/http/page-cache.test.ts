import { expect } from 'chai';
import type { Request, Response } from 'express';
import request from 'supertest';
import type { Tenant } from '../../src/domain/tenant/tenant.ts';
import { isCacheable, PageCache } from '../../src/http/page-cache.ts';
import {
  changePrimaryHost,
  changeTenant,
  createCustomer,
  createDomain,
  createTenant,
  signIn,
  submitLogin,
  type TestTenant,
} from '../support/factories.ts';
import { PRODUCTION, startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

const LOGIN = '/account/login';
const FORGOT = '/account/forgot-password';

describe('Cached pages', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let visitor: Visitor;

  before(async () => {
    portal = await startPortal({ env: PRODUCTION });
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    visitor = newVisitor();
  });
  after(() => portal.close());

  const newVisitor = (host = tenant.account) => new Visitor(portal, host);

  /** The name in the cached tenant without reading it again: a page that shows the new name was rendered after this. */
  const renameInMemory = async (name: string) => {
    for (const cached of [
      await portal.directory.bySlug(tenant.slug),
      await portal.directory.byDomain(tenant.account),
    ])
      if (cached) cached.name = name;
  };
  const isCached = async (path: string, by = newVisitor()) => {
    await renameInMemory('Renamed in memory');
    const { text } = await by.get(path);
    await renameInMemory(tenant.name);
    return !text.includes('Renamed in memory');
  };

  const tokenIn = (html: string) => /name="_csrf" value="([^"]+)"/.exec(html)![1]!;
  const withoutToken = (html: string) => html.replaceAll(tokenIn(html), 'TOKEN');

  for (const path of [LOGIN, FORGOT, '/account/activate']) {
    it(`are the same as rendered ones at ${path}`, async () => {
      const first = await visitor.get(path);
      const cached = await newVisitor().get(path);
      const rendered = await newVisitor().get(`${path}?rendered=1`);
      expect(withoutToken(cached.text)).to.equal(withoutToken(first.text));
      expect(withoutToken(cached.text)).to.equal(withoutToken(rendered.text));
      expect(await isCached(path)).to.equal(true);
      const names = Object.keys(rendered.headers);
      expect(Object.keys(cached.headers)).to.eql(names);
      for (const name of names.filter((each) => !/^(x-request-id|set-cookie|date)$/.test(each)))
        expect(cached.headers[name], name).to.equal(rendered.headers[name]);
    });
  }

  it('are the same as rendered ones at the login of staff', async () => {
    const staff = () => newVisitor(tenant.operations);
    const [first, cached, rendered] = [
      await staff().get('/login'),
      await staff().get('/login'),
      await staff().get('/login?rendered=1'),
    ];
    expect(withoutToken(cached.text)).to.equal(withoutToken(first.text));
    expect(withoutToken(cached.text)).to.equal(withoutToken(rendered.text));
    expect(await isCached('/login', staff())).to.equal(true);
    await staff().get('/forgot-password');
    expect(await isCached('/forgot-password', staff())).to.equal(true);
  });

  it('have the length of non-ASCII text in bytes', async () => {
    await changeTenant(portal, tenant, { name: 'Größe 日本 🗝' });
    for (let n = 0; n < 2; n++) {
      const { headers, text } = await newVisitor().get(LOGIN);
      expect(text)
        .to.include('Größe 日本 🗝')
        .and.match(/<\/html>\n$/);
      expect(Number(headers['content-length'])).to.equal(Buffer.byteLength(text));
    }
  });

  it('have the CSRF token of the visitor only', async () => {
    const person = await createCustomer(portal, tenant);
    const visitors = Array.from({ length: 10 }, () => newVisitor());
    const tokens: string[] = [];
    for (const each of visitors) tokens.push(tokenIn((await each.get(LOGIN)).text));
    expect(new Set(tokens).size).to.equal(visitors.length);

    const [one, two] = visitors as [Visitor, Visitor];
    const fields = { username: person.email, password: person.password };
    const refused = await one.post(LOGIN, { ...fields, _csrf: tokens[1]! });
    expect(refused.status).to.equal(403);
    expect((await two.post(LOGIN, { ...fields, _csrf: tokens[1]! })).status).to.equal(303);
  });

  it('are never of another tenant, language or portal', async () => {
    const arabic = await createTenant(portal, { locale: 'ar', brand: { color: '#aa0033' } });
    for (let n = 0; n < 2; n++) {
      const english = (await newVisitor().get(LOGIN)).text;
      expect(english).to.include(tenant.name).and.include('lang="en"').and.include('Forgot password?');
      expect(english).not.to.include(arabic.name);
      const other = (await newVisitor(arabic.account).get(LOGIN)).text;
      expect(other).to.include(arabic.name).and.include('lang="ar" dir="rtl"');
      expect(other).not.to.include(tenant.name);
      expect(themeIn(other)).not.to.equal(themeIn(english));
      const staff = (await newVisitor(arabic.operations).get('/login')).text;
      expect(staff).to.include('lang="en"').and.include(`https://${arabic.account}${LOGIN}`);
      expect(staff).not.to.include(tenant.account);
    }
  });

  const themeIn = (html: string) => /\/theme\.[0-9a-f]+\.css/.exec(html)![0];

  it('change with the tenant', async () => {
    const { text } = await visitor.get(LOGIN);
    expect(await isCached(LOGIN)).to.equal(true);
    await changeTenant(portal, tenant, { name: 'Another name' });
    expect((await newVisitor().get(LOGIN)).text)
      .to.include('Another name')
      .and.not.include(tenant.name);
    await changeTenant(portal, tenant, { brand: { color: '#116622' } });
    expect(themeIn((await newVisitor().get(LOGIN)).text)).not.to.equal(themeIn(text));
    await changeTenant(portal, tenant, { contact_email: 'help@tenant.example' });
    expect((await newVisitor().get(LOGIN)).text).to.include('mailto:help@tenant.example');
    await changeTenant(portal, tenant, { locale: 'ar' });
    expect((await newVisitor().get(LOGIN)).text).to.include('lang="ar"');
  });

  it('are separate for each host of a tenant', async () => {
    const domain = await createDomain(portal, tenant, `${tenant.slug}.example.org`);
    await changePrimaryHost(portal, tenant, domain);
    for (let n = 0; n < 2; n++) {
      for (const host of [domain, tenant.account]) {
        const { status, text } = await newVisitor(host).get(LOGIN);
        expect(status).to.equal(200);
        expect(text).to.include(tenant.name).and.not.include(host);
      }
      const staff = await newVisitor(tenant.operations).get('/login');
      expect(staff.text).to.include(`https://${domain}${LOGIN}`);
    }
    (await portal.directory.byDomain(domain))!.name = 'Name at the domain';
    expect((await newVisitor(domain).get(`${LOGIN}?rendered=1`)).text).to.include('Name at the domain');
    expect((await newVisitor().get(`${LOGIN}?rendered=1`)).text).not.to.include('Name at the domain');
    const arrival = await newVisitor().get(LOGIN, { headers: { 'Sec-Fetch-Site': 'none' } });
    expect(arrival).to.include({ status: 302 });
    expect(arrival.headers['location']).to.equal(`https://${domain}${LOGIN}`);
  });

  it('never contain a notice, which is shown once', async () => {
    const person = await createCustomer(portal, tenant);
    const customer = await signIn(portal, tenant.account, person);
    await newVisitor().get(LOGIN);
    const response = await customer.postFrom(await customer.visit('/account'), '/account/logout');
    expect(response.headers['location']).to.equal(LOGIN);
    expect((await customer.get(LOGIN)).text).to.include('You have been logged out.');
    for (const by of [customer, newVisitor()])
      expect((await by.get(LOGIN)).text).not.to.include('You have been logged out.');
    const anonymous = newVisitor();
    await anonymous.get('/account/units');
    expect((await anonymous.get(LOGIN)).text).to.include('Log in to continue.');
    expect((await newVisitor().get(LOGIN)).text).not.to.include('Log in to continue.');
  });

  it('never contain the address that someone has submitted', async () => {
    const page = await visitor.visit(FORGOT);
    await visitor.postFrom(page, FORGOT, { username: 'ada@visitor.example' });
    expect((await visitor.get(FORGOT)).text).to.include('ada@visitor.example');
    expect((await newVisitor().get(FORGOT)).text).not.to.include('ada@visitor.example');
    expect((await visitor.get(FORGOT)).text).to.include('ada@visitor.example');
  });

  it('never contain the errors or values of a form', async () => {
    const page = await visitor.visit(LOGIN);
    const { status, text } = await visitor.postFrom(page, LOGIN, { username: 'ada@', password: '' });
    expect(status).to.equal(422);
    expect(text).to.include('There is a problem');
    for (const by of [visitor, newVisitor()])
      expect((await by.get(LOGIN)).text)
        .not.to.include('There is a problem')
        .and.not.include('ada@');
  });

  it('are not used with a query, so that `next` is kept', async () => {
    await visitor.get(LOGIN);
    for (const next of ['/account/units', '/account/billing', '/account/units']) {
      const { text } = await newVisitor().get(`${LOGIN}?next=${next}`);
      expect(text).to.include(`name="next" value="${next}"`);
    }
    expect((await newVisitor().get(LOGIN)).text).not.to.include('name="next"');
    expect(await isCached(`${LOGIN}?next=/account/units`)).to.equal(false);
  });

  it('are not used for another spelling of the path', async () => {
    await visitor.get(LOGIN);
    for (const path of ['/account/Login', '/ACCOUNT/login', `${LOGIN}/`]) {
      expect((await newVisitor().get(path)).status, path).to.equal(200);
      expect(await isCached(path), path).to.equal(false);
    }
  });

  it('are not used for a visitor with a link cookie or another unknown cookie', async () => {
    await visitor.get(LOGIN);
    expect(await isCached(LOGIN)).to.equal(true);
    const withLink = newVisitor();
    await withLink.get('/account/reset-password?token=abc');
    expect(withLink.cookies.names().some((name) => name.startsWith('__Host-link-'))).to.equal(true);
    expect(await isCached(LOGIN, withLink)).to.equal(false);
    for (const name of ['__Host-account', '__Host-other']) {
      const other = newVisitor();
      other.cookies.set(name, 's%3Avalue.signature');
      expect(await isCached(LOGIN, other), name).to.equal(false);
    }
  });

  it('are used for a visitor with a CSRF cookie, the cookie of the device or of another site', async () => {
    const known = newVisitor();
    await submitLogin(known, LOGIN, await createCustomer(portal, tenant));
    visitor.cookies.set('__Host-device', known.cookies.get('__Host-device')!);
    await visitor.get(LOGIN);
    expect(visitor.cookies.names()).to.have.members(['__Host-csrf', '__Host-device']);
    visitor.cookies.set('statistics', '1');
    expect(await isCached(LOGIN, visitor)).to.equal(true);
  });

  it('are not used for a logged-in user, who gets their own language', async () => {
    const person = await createCustomer(portal, tenant, { locale: 'ar' });
    const customer = await signIn(portal, tenant.account, person);
    for (let n = 0; n < 2; n++) {
      expect((await customer.get(FORGOT)).text).to.include('lang="ar"');
      expect((await newVisitor().get(FORGOT)).text).to.include('lang="en"');
    }
    expect((await customer.get(LOGIN)).status).to.equal(303);
  });

  it('have no body with HEAD', async () => {
    const { headers } = await visitor.get(LOGIN);
    const head = await request(portal.server).head(LOGIN).set('Host', tenant.account);
    expect(head.status).to.equal(200);
    expect(head.text).to.equal(undefined);
    expect(head.headers['content-length']).to.equal(headers['content-length']);
  });
});

describe('PageCache', () => {
  const tenant = {} as Tenant;
  const requestOf = (path: string, token: string, of = tenant, host = 'a.example') =>
    ({ portal: { host }, pathname: path, tenant: of, csrfToken: () => token }) as Request;
  const send = (cache: PageCache, req: Request, html: string, title = 'Title', view = 'view') => {
    let sent = '';
    const res = { setHeader: () => undefined, end: (body: string) => (sent = body) };
    cache.send(req, res as unknown as Response, view, { title }, () => html);
    return sent;
  };

  it('keeps a thousand pages and drops the oldest', () => {
    const cache = new PageCache();
    for (let n = 0; n <= 1_000; n++) send(cache, requestOf(`/${n}`, 'token'), `first /${n}`);
    for (const path of ['/1000', '/1'])
      expect(send(cache, requestOf(path, 'token'), 'second')).to.equal(`first ${path}`);
    expect(send(cache, requestOf('/0', 'token'), 'second')).to.equal('second');
  });

  it('replaces every CSRF token of the page', () => {
    const cache = new PageCache();
    send(cache, requestOf('/', 'one'), '<i>one</i><b>one</b>');
    expect(send(cache, requestOf('/', 'two'), '')).to.equal('<i>two</i><b>two</b>');
  });

  it('renders again for other locals, another view or host and for a tenant that was read again', () => {
    const cache = new PageCache();
    const req = requestOf('/', 'token');
    expect(send(cache, req, 'first')).to.equal('first');
    expect(send(cache, req, 'second', 'Another title')).to.equal('second');
    expect(send(cache, req, 'third', 'Title', 'another-view')).to.equal('third');
    expect(send(cache, requestOf('/', 'token', tenant, 'b.example'), 'fourth')).to.equal('fourth');
    expect(send(cache, requestOf('/', 'token', {} as Tenant), 'fifth')).to.equal('fifth');
    expect(send(cache, req, 'sixth')).to.equal('sixth');
  });

  it('refuses a page with a form key', () => {
    const render = () => send(new PageCache(), requestOf('/', 'token'), '<input name="form_key" value="1">');
    expect(render).to.throw('The anonymous page / has a form key');
  });

  it('is not used for a response with an error status or for a logged-in user or at the platform console', () => {
    const anonymous = {
      portal: { kind: 'account' },
      method: 'GET',
      originalUrl: LOGIN,
      user: null,
      headers: {},
    };
    const check = (changes: object, statusCode = 200) =>
      isCacheable({ ...anonymous, ...changes } as Request, { statusCode } as Response);
    expect(check({})).to.equal(true);
    expect(check({}, 404)).to.equal(false);
    expect(check({ user: {} })).to.equal(false);
    expect(check({ portal: { kind: 'platform' } })).to.equal(false);
    expect(check({ method: 'HEAD' })).to.equal(false);
    expect(check({ method: 'POST' })).to.equal(false);
    expect(check({ notice: { address: 'ada@visitor.example' } })).to.equal(false);
    expect(check({ originalUrl: `${LOGIN}?next=/account` })).to.equal(false);
  });
});

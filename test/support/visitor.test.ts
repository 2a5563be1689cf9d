import { expect } from 'chai';
import { CookieJar } from './cookie-jar.ts';
import {
  createCustomer,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from './factories.ts';
import { lintPage } from './lint-page.ts';
import { PageForm, submitButtons } from './page-form.ts';
import { parseHtml } from './html.ts';
import { sharedPortal, type TestPortal } from './portal.ts';
import { Visitor } from './visitor.ts';

describe('Visitor', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  it('logs in through the login form as staff and as a customer', async () => {
    const staff = await signedInStaff(portal, tenant);
    expect(staff.cookies.names()).to.include('__Host-operations');
    const customer = await signedInCustomer(portal, tenant);
    expect(customer.cookies.names()).to.include('__Host-account');
  });

  it('follows a link by its name, submits a form by its button and receives the email', async () => {
    const { email } = await createCustomer(portal, tenant);
    const login = await new Visitor(portal, tenant.account).visit('/account/login');
    const forgot = await login.follow('Forgot password?');
    expect(forgot.path).to.equal('/account/forgot-password');
    const sent = await forgot.submit('Send password reset email', { 'Email address': email });
    expect(sent.path).to.equal('/account/forgot-password/sent');
    expect(sent.text).to.include(email);
    expect((await portal.mailbox.next(email)).link).to.include(tenant.account);
  });

  it('throws for a missing field, button or link', async () => {
    const login = await new Visitor(portal, tenant.account).visit('/account/login');
    expect(() => login.form('Log in').submission({ nickname: 'Ada' })).to.throw('no field nickname');
    expect(() => login.form('Sign up')).to.throw('no button called Sign up');
    expect(() => login.href('Sign up')).to.throw('no link called Sign up');
  });
});

describe('PageForm', () => {
  const page = parseHtml(`<form method="post" action="/users" id="user">
    <input type="hidden" name="_csrf" value="token">
    <label for="a">First name <span>(optional)</span></label><input id="a" name="first_name" value="Ada &amp; Co">
    <label for="b">Note</label><textarea id="b" name="note">\nLine one</textarea>
    <label for="c">Colour</label><select id="c" name="colour"><option value="r">Red</option><option value="g" selected>Green</option></select>
    <fieldset><legend>Roles</legend>
      <input type="checkbox" id="r1" name="roles[]" value="1" checked><label for="r1">Accounts Payable</label>
      <input type="checkbox" id="r2" name="roles[]" value="2"><label for="r2">View only</label></fieldset>
    <input type="checkbox" id="t" name="terms" value="1"><label for="t">I agree</label>
    <label for="k">Code</label><input id="k" name="code" value="A1" readonly>
    <input name="gone" value="x" disabled aria-label="Gone"><button name="then" value="add">Create user</button></form>`);
  const { form, button } = submitButtons(page)[0]!;
  const fields = (values = {}) =>
    new PageForm(page, form, button).submission(values).fields.map(([name, value]) => `${name}=${value}`);

  it('keeps hidden fields and defaults', () => {
    expect(fields()).to.eql([
      '_csrf=token',
      'first_name=Ada & Co',
      'note=Line one',
      'colour=g',
      'roles[]=1',
      'code=A1',
      'then=add',
    ]);
  });

  it('fills in fields by name or by label', () => {
    const filled = fields({ 'First name': 'Bo', colour: 'Red', Roles: ['View only'], terms: true });
    expect(filled).to.include.members(['first_name=Bo', 'colour=r', 'roles[]=2', 'terms=1']);
    expect(filled).not.to.include('roles[]=1');
  });

  it('throws for input that a browser does not allow', () => {
    expect(() => fields({ colour: 'Blue' })).to.throw('no option Blue');
    expect(() => fields({ roles: ['King'] })).to.throw('no box King');
    expect(() => fields({ code: 'B2' })).to.throw('read-only');
    expect(() => fields({ _csrf: 'mine' })).to.throw('no field _csrf');
    expect(() => fields({ gone: 'y' })).to.throw('no field gone');
  });
});

describe('CookieJar', () => {
  it('stores, replaces and removes cookies as a browser does', () => {
    const jar = new CookieJar(true);
    jar.store(['__Host-a=1; Path=/; Secure', 'b=2; Max-Age=0', 'c=3; SameSite=Strict', 'd=4; Max-Age=60']);
    expect(jar.header()).to.equal('__Host-a=1; c=3; d=4');
    expect(jar.header({ isCrossSite: true })).to.equal('__Host-a=1; d=4');
    jar.store(['__Host-a=; Path=/; Secure; Expires=Thu, 01 Jan 1970 00:00:00 GMT']);
    expect(jar.names()).to.eql(['c', 'd']);
  });

  it('throws for cookies that a browser rejects', () => {
    expect(() => new CookieJar(true).store(['__Host-a=1; Path=/x; Secure'])).to.throw('No browser');
    expect(() => new CookieJar(true).store(['__Host-a=1; Path=/'])).to.throw('No browser');
    expect(() => new CookieJar(true).store(['__Host-a=1; Path=/; Secure; Domain=x.test'])).to.throw(
      'No browser',
    );
    expect(() => new CookieJar(false).store(['a=1; Secure'])).to.throw('No browser');
  });
});

describe('lintPage', () => {
  const frame = (body: string, head = '<title>Users</title>') =>
    `<!doctype html><html lang="en"><head>${head}</head><body><main>${body}</main></body></html>`;
  const lint = (body: string, head?: string) => lintPage(frame(`<h1>Users</h1>${body}`, head)).join('\n');

  it('finds nothing on a valid page', () => {
    const form = '<form method="post"><input type="hidden" name="_csrf" value="x"><button>Go</button></form>';
    expect(lint(`${form}<a href="/x">There</a><label for="q">Q</label><input id="q" name="q">`)).to.equal('');
  });

  const wrong: Record<string, [body: string, problem: string]> = {
    'a second h1': ['<h1>Again</h1>', '2 h1'],
    'a duplicate id': ['<p id="a"></p><p id="a"></p>', 'the id a is used twice'],
    'a label without its input': ['<label for="q">Q</label>', 'points at #q'],
    'an input without a label': ['<input name="q">', 'no label'],
    'a select without a label': ['<select name="q"></select>', 'no label'],
    'a POST form without a token': ['<form method="post"><button>Go</button></form>', 'no _csrf'],
    'a token in a GET form': [
      '<form><input type="hidden" name="_csrf" value="x"></form>',
      'get into the address',
    ],
    'an inline style': ['<p style="color:red">x</p>', 'the attribute style'],
    'a style element': ['<style>p{}</style>', 'inline <style>'],
    'an inline script': ['<script>alert(1)</script>', 'inline <script>'],
    'an inline handler': ['<p onclick="x()">x</p>', 'the attribute onclick'],
    'a javascript address': ['<a href="javascript:x()">x</a>', 'javascript:'],
    'a link without words': ['<a href="/x"><span aria-hidden="true">x</span></a>', 'without words'],
    'a link without a destination': ['<a href="">x</a>', 'leads nowhere'],
    'a link to an id that is not on the page': ['<a href="#top">x</a>', 'not on the page'],
    'a button without words': ['<button type="button"></button>', 'without words'],
    'an image without alt': ['<img src="/x.png">', 'without alt'],
    'undefined in the text': ['<p>Hello undefined</p>', 'it says undefined'],
    'undefined in an attribute': ['<a href="/users/undefined">x</a>', 'it says undefined'],
    'an object in the text': ['<p>[object Object]</p>', 'it says [object Object]'],
    'NaN in the text': ['<p>NaN days</p>', 'it says NaN'],
    'an unreplaced placeholder': ['<p>Contact {tenant}.</p>', 'it says {tenant}'],
    'a template tag': ['<p>&lt;%= x %></p>', 'it says <%'],
  };
  for (const [name, [body, problem]] of Object.entries(wrong)) {
    it(`finds ${name}`, () => expect(lint(body)).to.include(problem));
  }

  it('finds a page without a title, a language or a heading', () => {
    expect(lint('', '<title> </title>')).to.include('no title');
    expect(lintPage(frame('<p>x</p>')).join()).to.include('0 h1');
    expect(lintPage(frame('<h1>x</h1>').replace(' lang="en"', '')).join()).to.include('no lang');
  });
});

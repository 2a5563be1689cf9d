import { expect } from 'chai';
import { createCustomer, createTenant, signedInStaff, type TestTenant } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Form parsing', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let visitor: Visitor;
  let token: string;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });
  beforeEach(async () => {
    visitor = new Visitor(portal, tenant.account);
    token = (await visitor.visit('/account/login')).find('input[name="_csrf"]')!.getAttribute('value')!;
  });

  const post = (body: string, headers: Record<string, string> = {}) =>
    visitor.post('/account/login', body, { headers });

  const withToken = (body: string) => `_csrf=${encodeURIComponent(token)}&${body}`;

  it('responds with 413 to a body of ten megabytes and keeps running', async () => {
    const response = await post(withToken(`username=${'a'.repeat(10_000_000)}`));
    expect(response.status).to.equal(413);
    expect(response.text).to.include('The form is too large');
    expect((await visitor.visit('/account/login')).status).to.equal(200);
  });

  it('responds with 413 to a body of 33 kB and accepts a body of 30 kB', async () => {
    expect((await post(withToken(`username=${'a'.repeat(33_000)}`))).status).to.equal(413);
    expect((await post(withToken(`username=${'a'.repeat(30_000)}`))).status).to.equal(422);
  });

  it('responds with 413 to more than two hundred fields', async () => {
    const fields = Array.from({ length: 220 }, (_, n) => `f${n}=1`).join('&');
    expect((await post(withToken(fields))).status).to.equal(413);
  });

  for (const type of [
    'application/json',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/xml',
  ]) {
    it(`responds with 415 to the content type ${type}`, async () => {
      const response = await post(type.includes('json') ? '{"username":"a"}' : withToken('username=a'), {
        'Content-Type': type,
      });
      expect(response.status).to.equal(415);
      expect(response.text).to.include('Only forms can be sent');
    });
  }

  it('refuses unsupported content encodings and charsets', async () => {
    expect((await post(withToken('a=b'), { 'Content-Encoding': 'br' })).status).to.be.within(400, 415);
    const type = 'application/x-www-form-urlencoded; charset=utf-7';
    expect((await post(withToken('a=b'), { 'Content-Type': type })).status).to.be.within(400, 415);
  });

  it('responds with 400 to a repeated field and to the bracket syntax for arrays and objects', async () => {
    const bodies = [
      'username=a@example.com&username=b@example.com&password=x',
      'username=a@example.com&password=x&password=y',
    ];
    for (const body of bodies) {
      const response = await post(withToken(body));
      expect(response.status, body).to.equal(400);
      expect(response.text).to.include('This request is not valid');
    }
    // The simple parser has no bracket syntax: the form has no field of that name.
    for (const body of [
      'username[]=a@example.com&password=x',
      'username[$ne]=1&password[$ne]=1',
      'username[a][b]=c',
    ])
      expect((await post(withToken(body))).status, body).to.equal(400);
  });

  it('responds with 400 to control characters', async () => {
    for (const char of ['%00', '%07', '%1b', '%7f', '%0e']) {
      const response = await post(withToken(`username=a${char}@example.com&password=x`));
      expect(response.status, char).to.equal(400);
    }
  });

  it('responds with 400 to fields with the names of inherited properties, such as constructor', async () => {
    // The parser drops this name.
    expect((await post(withToken('__proto__=x'))).status).to.equal(422);
    for (const name of ['constructor', 'toString', 'hasOwnProperty'])
      expect((await post(withToken(`${name}=x`))).status, name).to.equal(400);
    expect(({} as { x?: string }).x).to.equal(undefined);
  });

  it('shows form errors for malformed percent encoding', async () => {
    for (const body of ['username=%&password=%E0%A4%A', 'username=%ff%fe&password=x', '&&&==&=', '%'])
      expect((await post(withToken(body))).status, body).to.be.within(400, 422);
  });

  it('shows an error for an email address that is not exactly one mailbox', async () => {
    const addresses = [
      'a@example.com\r\nBcc: b@example.com',
      'a@example.com\nb@example.com',
      'a@example.com, b@example.com',
      'a@example.com;b@example.com',
      'Ada <a@example.com>',
      'a@@example.com',
      'a@example',
      '"a b"@example.com',
      'a@example.com.',
      'a@[127.0.0.1]',
      'аda@example.com',
      `${'a'.repeat(65)}@example.com`,
    ];
    for (const address of addresses) {
      const page = await visitor.visit('/account/forgot-password');
      const response = await page.submit('Send password reset email', { username: address });
      expect(response.status, address).to.equal(422);
      expect(response.errors.join(), address).to.include('Enter an email address in the correct format');
    }
    const { rows } = await portal.owner.query('select 1 from emails where tenant_id = $1', [tenant.id]);
    expect(rows).to.eql([]);
  });

  it('refuses a password of more than 512 bytes', async () => {
    const { email } = await createCustomer(portal, tenant);
    const page = await visitor.visit('/account/login');
    const response = await page.submit('Log in', { username: email, password: 'x'.repeat(5000) });
    expect(response.status).to.equal(422);
  });

  it('responds with 400 to submitted columns that are not fields of the form', async () => {
    const staff = await signedInStaff(portal, tenant);
    const page = await staff.visit('/users/new');
    const fields = page.form('Create user').values();
    const forged = {
      tenant_id: '00000000-0000-0000-0000-000000000000',
      status: 'disabled',
      access: 'active',
      email_verified_at: '2020-01-01',
      password_hash: 'x',
      role: 'manager',
      id: '1',
    };
    const person = { first_name: 'Mallory', last_name: 'M', email: 'mallory@example.com' };
    for (const column of Object.entries(forged)) {
      const body = { ...fields, ...person, ...Object.fromEntries([column]) };
      expect((await staff.postFrom(page, '/users', body)).status, column[0]).to.equal(400);
    }
    const { rows } = await portal.owner.query(`select 1 from users where email_norm = 'mallory@example.com'`);
    expect(rows).to.eql([]);
  });

  it('responds with 200 or 400 to a malformed query string', async () => {
    for (const query of [
      '?a=1&a=2',
      '?next[]=x',
      '?next=//evil.test',
      '?%',
      '?q=%00',
      `?${'a'.repeat(4000)}`,
    ]) {
      const response = await visitor.get(`/account/login${query}`);
      expect(response.status, query).to.be.oneOf([200, 400]);
      expect(response.text).not.to.include('evil.test');
    }
  });
});

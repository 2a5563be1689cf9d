import { expect } from 'chai';
import {
  createCompany,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { signedInOperator } from '../platform/operator.ts';
import type { Page } from '../support/page.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { MAX_BYTES, listTestMounts, sendHead } from '../support/pipeline-routes.ts';

const UPLOAD = 'multipart/form-data; boundary=limit';

describe('Uploads', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal({ mounts: listTestMounts });
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  let staff: Visitor;
  let page: Page;

  before(async () => {
    staff = await signedInStaff(portal, tenant);
    page = await staff.visit('/users/new');
  });

  const upload = (visitor: Visitor, parts: readonly string[], path = '/users/imports') =>
    visitor.post(path, multipartBody(parts), { headers: { 'Content-Type': UPLOAD } });
  const token = () => csrfField(page);

  it('pass the fields and the file to the handler', async () => {
    const response = await upload(staff, [token(), field('note', 'März'), file('müll.csv', 'a;b\n')]);
    expect(response.body).to.eql({
      note: 'März',
      name: 'müll.csv',
      content: 'a;b\n',
      actor: 'staff',
    });
  });

  it('redirect an anonymous user to the login page before the body has arrived', async () => {
    const head = [
      'POST /users/imports HTTP/1.1',
      `Host: ${tenant.operations}`,
      `Origin: http://${tenant.operations}`,
      `Content-Type: ${UPLOAD}`,
      'Content-Length: 90000',
    ];
    const received = await sendHead(portal, head);
    expect(received)
      .to.match(/^HTTP\/1.1 303 /)
      .and.match(/^location: \/login\r$/im);
  });

  it('refuse a form of another site before they look for the user', async () => {
    const headers = { Origin: 'https://evil.test', 'Sec-Fetch-Site': 'cross-site', 'Content-Type': UPLOAD };
    const response = await staff.post('/users/imports', multipartBody([token()]), { headers });
    expect(response.status).to.equal(403);
    expect(response.text).to.include('This form came from another site');
  });

  it('refuse a user without the permission, with a page whose forms have a token', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    const response = await upload(driver, [file('a.csv', 'a')]);
    expect(response.status).to.equal(403);
    expect(response.text).to.include('You do not have access to this page');
    const shown = await driver.arrive('/users/imports', response);
    expect((await shown.submit('Log out')).path).to.equal('/login');
  });

  it('show the expired form with its fields and a new file input when the token is missing or stale', async () => {
    for (const parts of [[], [field('_csrf', 'stale')]]) {
      const response = await upload(staff, [...parts, field('note', 'kept'), file('a.csv', 'a')]);
      expect(response.status).to.equal(403);
      const expired = await staff.arrive('/users/imports', response);
      expect(expired.h1).to.equal('This form has expired');
      expect(expired.form('Submit again').values()).to.include({ note: 'kept' });
      expect(expired.find('form[enctype="multipart/form-data"] input[type="file"]')?.id).to.equal('list');
    }
  });

  it('show the expired form without the nested fields that no form here has', async () => {
    const parts = [field('note[a]', 'nested'), field('tags[]', 'one'), field('tags[]', 'two')];
    const response = await upload(staff, [...parts, file('a.csv', 'a')]);
    const expired = await staff.arrive('/users/imports', response);
    expect(expired.h1).to.equal('This form has expired');
    const kept = expired.root.querySelectorAll('main input[type="hidden"]:not([name="_csrf"])');
    const fields = kept.map((input) => [input.getAttribute('name'), input.getAttribute('value')]);
    expect(fields).to.eql([
      ['tags', 'one'],
      ['tags', 'two'],
    ]);
  });

  it('respond with 413 to a file, a field or a number of parts above the limits', async () => {
    const tooLarge = [
      [file('a.csv', 'a'.repeat(MAX_BYTES + 1))],
      [file('a.csv', 'a'), file('b.csv', 'b')],
      [field('note', 'a'.repeat(33_000))],
      Array.from({ length: 201 }, (_, n) => field(`f${n}`, '1')),
    ];
    for (const parts of tooLarge) {
      const response = await upload(staff, [token(), ...parts]);
      expect(response.status).to.equal(413);
      expect(response.text).to.include('The form is too large');
    }
    expect((await upload(staff, [token(), file('a.csv', 'a'.repeat(MAX_BYTES))])).status).to.equal(200);
  });

  it('respond with 400 to a file in another field and to a malformed body', async () => {
    const unexpected = [token(), file('a.csv', 'a').replace('name="list"', 'name="other"')];
    expect((await upload(staff, unexpected)).status).to.equal(400);
    for (const [type, body] of [
      [UPLOAD, '--limit\r\nContent-Disposition: form-data; name="note"\r\n\r\ncut'],
      ['multipart/form-data', 'no boundary'],
    ] as const) {
      const response = await staff.post('/users/imports', body, { headers: { 'Content-Type': type } });
      expect(response.status, type).to.equal(400);
    }
  });

  it('leave a urlencoded form to the pages', async () => {
    expect((await staff.postFrom(page, '/users/imports', { note: 'x' })).status).to.equal(404);
  });

  it('set the CSRF cookie once on a 404 page whose path is below two upload mounts', async () => {
    const { status, headers } = await new Visitor(portal, tenant.operations).get('/users/imports/unknown');
    expect(status).to.equal(404);
    const cookies = headers['set-cookie'] as unknown as string[];
    expect(cookies.filter((cookie) => cookie.startsWith('__Host-csrf='))).to.have.length(1);
  });

  it('act for the company in the path of the mount and return 404 for the id of another company', async () => {
    const [own, other] = [await createCompany(portal, tenant), await createCompany(portal, tenant)];
    const renter = await signedInCustomer(portal, tenant, { company: own, is_private_customer: true });
    const start = await renter.visit('/account/profile');
    const parts = [csrfField(start), file('a.csv', 'a')];
    const accepted = await upload(renter, parts, `/account/companies/${own.id}/files`);
    expect(accepted.body).to.eql({ company_id: own.id });
    expect((await upload(renter, parts, `/account/companies/${other.id}/files`)).status).to.equal(404);
  });

  it('know the operator at the platform console', async () => {
    const operator = await signedInOperator(portal);
    const tenants = await operator.visit('/tenants');
    const response = await upload(operator, [csrfField(tenants), file('a.csv', 'a')], '/logos');
    expect([response.status, (response.body as { actor?: string }).actor]).to.eql([200, 'operator']);
  });

  it('leave other paths below theirs to the pages, where a multipart form is refused with 415', async () => {
    expect((await upload(staff, [token()], '/users')).status).to.equal(415);
    expect((await upload(staff, [token()], '/users/imports/unknown')).status).to.equal(415);
    expect((await staff.postFrom(page, '/users/imports/unknown')).status).to.equal(404);
  });
});

function multipartBody(parts: readonly string[]): string {
  return [...parts.map((part) => `--limit\r\n${part}\r\n`), '--limit--\r\n'].join('');
}

function field(name: string, value: string): string {
  return `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
}

function csrfField(page: Page): string {
  return field('_csrf', page.find('input[name="_csrf"]')!.getAttribute('value')!);
}

function file(name: string, content: string): string {
  const disposition = `Content-Disposition: form-data; name="list"; filename="${name}"`;
  return `${disposition}\r\nContent-Type: text/csv\r\n\r\n${content}`;
}

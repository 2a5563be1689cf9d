import { expect } from 'chai';
import { createCustomer, createTenant, signedInStaff } from '../support/factories.ts';
import { startOperations } from '../support/operations.ts';
import type { TestPortal } from '../support/portal.ts';
import type { Visitor } from '../support/visitor.ts';

describe('The columns and the page size of a list', () => {
  let portal: TestPortal;
  let staff: Visitor;

  before(async () => {
    ({ portal } = await startOperations());
    const tenant = await createTenant(portal);
    staff = await signedInStaff(portal, tenant);
    for (let n = 0; n < 60; n += 1)
      await createCustomer(portal, tenant, {
        first_name: `P${n}`,
        phone: '+44 20 7946 0000',
        password: null,
      });
  });

  const headings = async (url: string) =>
    (await staff.visit(url)).findAll('thead th').map(({ text }) => text.trim());

  it('are the usual ones without parameters', async () => {
    const usual = ['Select', 'Name', 'Company', 'Status', 'Access', 'Last login', 'Created'];
    expect(await headings('/users')).to.eql(usual);
    const page = await staff.visit(
      '/users?col=name&col=company&col=labels&col=status&col=access&col=last_login&col=created',
    );
    expect(page.url).to.equal('/users');
  });

  it('are shown in the order of the address, after the name', async () => {
    expect(await headings('/users?col=name&col=created&col=phone')).to.eql([
      'Select',
      'Name',
      'Created',
      'Phone',
    ]);
    expect((await staff.visit('/users?col=phone')).url).to.equal('/users?col=name&col=phone');
  });

  it('are chosen with the filters and kept by links and by Clear', async () => {
    const page = await (await staff.visit('/users?per=50')).submit('Search', { q: 'p', Columns: ['Phone'] });
    expect(page.url).to.equal('/users?q=p&col=name&col=phone&per=50');
    expect(page.rows()[0]).to.include('+44 20 7946 0000');
    expect(page.href('Next')).to.include('col=phone').and.include('per=50');
    expect((await page.follow('Clear')).url).to.equal('/users?col=name&col=phone&per=50');
  });

  it('are named when they do not exist, and left out', async () => {
    const page = await staff.visit('/users?col=constructor&col=phone&col=cf.colour&per=7');
    expect(page.status).to.equal(200);
    expect(page.flashes).to.eql([
      "'per' in the address is not valid and was ignored.",
      "The column 'constructor' in the address is not available and was ignored.",
      "The column 'cf.colour' in the address is not available and was ignored.",
    ]);
    expect(page.rows()).to.have.length(25);
  });

  it('are named up to a number and a length', async () => {
    const unknown = Array.from({ length: 20 }, (_, n) => `col=${'x'.repeat(300)}${n}`);
    const page = await staff.visit(`/users?${unknown.join('&')}`);
    expect(page.flashes).to.have.length(5);
    expect(page.flashes[0]).to.have.length.below(200);
  });

  it('stay in the address of a file whose other parameters are changed', async () => {
    const { headers } = await staff.get('/users?q=&col=phone&format=csv');
    expect(headers['location']).to.equal('/users?col=name&col=phone&format=csv');
    const file = await staff.get(headers['location']!);
    expect(file.headers['content-disposition']).to.include('Users.csv');
  });

  it('are left out without their permission', async () => {
    const tenant = await createTenant(portal);
    const driver = await signedInStaff(portal, tenant, 'driver');
    const page = await driver.visit('/rentals?col=unit&col=price');
    expect(page.flashes).to.eql(["The column 'price' in the address is not available and was ignored."]);
  });

  it('show the numbers of the rows, forwards and back', async () => {
    const first = await staff.visit('/users?per=25');
    expect(first.url).to.equal('/users');
    expect(first.text).to.include('1–25 of 60 users');
    const last = await (await first.follow('Next')).follow('Next');
    expect(last.text).to.include('51–60 of 60 users');
    const second = await last.follow('Previous');
    expect(second.text).to.include('26–50 of 60 users');
    expect((await second.follow('Previous')).text).to.include('1–25 of 60 users');
    const all = await first.follow('100');
    expect(all.url).to.equal('/users?per=100');
    expect(all.rows()).to.have.length(60);
    expect(all.text).to.include('60 users').and.not.include('1–60');
  });
});

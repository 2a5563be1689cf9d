import { expect } from 'chai';
import fc from 'fast-check';
import { readTenant } from '../../../src/database/in-tenant.ts';
import { companyList } from '../../../src/domain/company/company-list.ts';
import { createCompany, createCustomer, createTenant, type TestTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { createUnit, insertRental } from '../../support/units.ts';

describe('the search of companies by keys', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    const acme = await createCompany(portal, tenant, { name: 'Acme Works', code: 'AC-1' });
    await createCompany(portal, tenant, { name: 'Works of Acme', code: 'WA-2', status: 'on_hold' });
    const bolt = await createCompany(portal, tenant, { name: 'Bolt', code: 'BO-3' });
    await createCustomer(portal, tenant, {
      company: acme,
      email: 'ada@acme.example',
      phone: '+44 20 7946 0958',
    });
    await sql(
      portal,
      `update companies set address = 'High Road 7, Lagos', address_norm = 'high road 7 lagos' where id = $1`,
      [bolt.id],
    );
    const unit = await createUnit(portal, tenant, { code: 'A1' });
    await sql(portal, `update sites set name = 'Ikeja', name_norm = 'ikeja' where id = $1`, [unit.site.id]);
    await insertRental(portal, tenant, unit.id, { owner: { company_id: bolt.id } });
  });

  const find = async (q: string) => {
    const { query } = companyList.parse({ q });
    const [rows] = await readTenant(portal.database, tenant.id, (db) => [companyList.rows(db, query)]);
    return rows.map(({ code }) => code).toSorted();
  };

  const searches: [q: string, ...codes: string[]][] = [
    ['acme', 'AC-1', 'WA-2'],
    ['"acme works"', 'AC-1'],
    ['acme -code:wa', 'AC-1'],
    ['name:works', 'AC-1', 'WA-2'],
    ['name:ac-1'],
    ['companyName:"acme wo"', 'AC-1', 'WA-2'],
    ['code:ac', 'AC-1'],
    ['code:1'],
    ['address:"high road"', 'BO-3'],
    ['-address:high', 'AC-1', 'WA-2'],
    ['area:lagos', 'BO-3'],
    ['-area:lagos works', 'AC-1', 'WA-2'],
    ['site:ikeja', 'BO-3'],
    ['-site:ikeja works', 'AC-1', 'WA-2'],
    ['email:ada@acme', 'AC-1'],
    ['-email:ada@acme', 'BO-3', 'WA-2'],
    ['phone:0958', 'AC-1'],
    ['status:"on hold"', 'WA-2'],
    ['name:! status:on_hold \u{33c7a}', 'WA-2'],
    ['-status:on_hold works', 'AC-1'],
  ];
  for (const [q, ...codes] of searches)
    it(`finds ${codes.join(', ') || 'no company'} with ${q}`, async () => {
      expect(await find(q)).to.eql(codes);
    });

  it('leaves out keys that only users have', async () => {
    expect(await find('role:admin bolt')).to.eql(['BO-3']);
    const [problem] = companyList.declaration.searchIds!.problems!('role:admin bolt');
    expect(problem!.params).to.eql({ name: 'role' });
  });

  it('accepts any text', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom(
        'name:',
        'code:',
        'area:',
        'site:',
        'address:',
        'email:',
        '-',
        '"',
        ' ',
        '%',
        '\u0000',
        'a',
      ),
    );
    const texts = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        await find(text);
      }),
      { numRuns: 40 },
    );
  });
});

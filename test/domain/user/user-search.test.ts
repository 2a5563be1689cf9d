import { expect } from 'chai';
import fc from 'fast-check';
import { readTenant } from '../../../src/database/in-tenant.ts';
import { MAX_SEARCH_RESULTS } from '../../../src/database/paginate.ts';
import { MAX_CONDITIONS } from '../../../src/domain/search/read-search.ts';
import { userList } from '../../../src/domain/user/user-list.ts';
import { fold } from '../../../src/domain/text/fold.ts';
import {
  createCompany,
  createCustomer,
  createStaff,
  createTenant,
  type TestTenant,
} from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { createUnit, insertRental } from '../../support/units.ts';

describe('the search of users by keys', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    const acme = await createCompany(portal, tenant, { name: 'Acme Müller Works', code: 'AC-1' });
    const bolt = await createCompany(portal, tenant, { name: 'Bolt', code: 'BO-2' });
    const create = (first_name: string, last_name: string, fields: object) =>
      createCustomer(portal, tenant, {
        first_name,
        last_name,
        email: `${fold(first_name)}@${fold(last_name).replaceAll(' ', '')}.example`,
        ...fields,
      });
    const ada = await create('Ada', 'Lovelace', { company: acme, phone: '+44 (0)20 7946 0958' });
    await create('Adam', 'Smith Lovelace', { company: bolt, roles: ['view_only'], access: 'invited' });
    await create('Grace', 'Hopper', { companies: [acme, bolt], roles: ['view_only'] });
    const rosa = await create('Rosa', 'Löwe', {});
    await createStaff(portal, tenant, { first_name: 'Ada', last_name: 'Staff', email: 'ada@staff.example' });
    await sql(portal, `update users set status = 'disabled' where id = $1`, [rosa.id]);
    await sql(portal, 'update users set address = $2, address_norm = $3 where id = $1', [
      ada.id,
      '12 St. James’s Square\nLondon',
      fold('12 St. James’s Square\nLondon'),
    ]);
    const unit = await createUnit(portal, tenant, { code: 'A1' });
    await sql(portal, `update sites set name = 'Ikeja Marina', name_norm = 'ikeja marina' where id = $1`, [
      unit.site.id,
    ]);
    await insertRental(portal, tenant, unit.id, { owner: { user_id: rosa.id } });
  });

  const find = async (q: string) => {
    const { query } = userList.parse({ q });
    const [{ rows, found }] = await readTenant(portal.database, tenant.id, (db) => [
      userList.counted(db, query),
    ]);
    return { found, names: rows.map(({ name }) => name.split(' ')[0]!).toSorted() };
  };

  const searches: [q: string, ...names: string[]][] = [
    ['ada', 'Ada', 'Adam'],
    ['ada -smith', 'Ada'],
    ['"ada lovelace"', 'Ada'],
    ['"lovelace ada"', 'Ada', 'Adam'],
    ['"adam lovelace"'],
    ['"smith lovelace"', 'Adam'],
    ['-"smith lovelace" lovelace', 'Ada'],
    ['name:lovelace', 'Ada', 'Adam'],
    ['name:"lovelace smith"', 'Adam'],
    ['name:loewe', 'Rosa'],
    ['name:velace'],
    ['name:example'],
    ['email:ada@love', 'Ada'],
    ['EMAIL:LOVELACE', 'Ada', 'Adam'],
    ['email:example -name:ada', 'Grace', 'Rosa'],
    ['phone:"020 7946"', 'Ada'],
    ['phone:0958', 'Ada'],
    ['phone:+442079460958', 'Ada'],
    ['-phone:0958', 'Adam', 'Grace', 'Rosa'],
    ['companyName:acme', 'Ada', 'Grace'],
    ['company:"muller works"', 'Ada', 'Grace'],
    ['company:acme company:bolt', 'Grace'],
    ['company:acme -company:bolt', 'Ada'],
    ['company:BO-2 lovelace', 'Adam'],
    ['-company:acme -company:bolt', 'Rosa'],
    ['code:ac', 'Ada', 'Grace'],
    ['code:c-1'],
    ['address:"12 st james"', 'Ada'],
    ['address:square'],
    ['-address:12', 'Adam', 'Grace', 'Rosa'],
    ['area:london', 'Ada'],
    ['area:lond', 'Ada'],
    ['area:"square london"', 'Ada'],
    ['area:ondon'],
    ['area:marina'],
    ['-area:london', 'Adam', 'Grace', 'Rosa'],
    ['site:marina', 'Rosa'],
    ['site:ikeja', 'Rosa'],
    ['site:arina'],
    ['-site:ikeja', 'Ada', 'Adam', 'Grace'],
    ['muller', 'Ada', 'Grace'],
    ['bolt', 'Adam', 'Grace'],
    ['bo-2', 'Adam', 'Grace'],
    ['ada acme', 'Ada'],
    ['acme ada', 'Ada'],
    ['acme bolt', 'Grace'],
    ['acme works lovelace', 'Ada'],
    ['ada bolt', 'Adam'],
    ['rosa acme'],
    ['-acme', 'Adam', 'Rosa'],
    ['acme -status:disabled', 'Ada', 'Grace'],
    ['role:view_only', 'Adam', 'Grace'],
    ['role:"View only" company:acme', 'Grace'],
    ['-role:"company admin" lovelace', 'Adam'],
    ['role:unknown'],
    ['access:invited', 'Adam'],
    ['access:active lovelace', 'Ada'],
    ['-access:active', 'Adam'],
    ['status:disabled', 'Rosa'],
    ['status:enabled name:ro'],
    ['-status:enabled', 'Rosa'],
    ['status:enabled -ada', 'Grace'],
  ];
  for (const [q, ...names] of searches)
    it(`finds ${names.join(', ') || 'no user'} with ${q}`, async () => {
      expect((await find(q)).names).to.eql(names);
    });

  it('leaves out unknown keys and invalid values, and names them', async () => {
    const q = 'foo:bar ada -status:frozen phone:ab access:x name:! \u{33c7a}';
    expect((await find(q)).names).to.eql(['Ada', 'Adam']);
    expect(userList.declaration.searchIds!.problems!(q)).to.eql([
      { code: 'unknown_search_key', params: { name: 'foo' } },
      ...['status:frozen', 'phone:ab', 'access:x', 'name:!'].map((text) => ({
        code: 'invalid_search_value',
        params: { text },
      })),
    ]);
    expect((await find('foo:bar constructor:x __proto__:y')).names).to.have.length(4);
  });

  it('uses at most MAX_CONDITIONS conditions and says so', async () => {
    const q = Array.from({ length: MAX_CONDITIONS + 1 }, (_, n) => `-w${n}`).join(' ');
    expect((await find(q)).names).to.have.length(4);
    const [problem] = userList.declaration.searchIds!.problems!(q);
    expect(problem!.params).to.eql({ most: MAX_CONDITIONS });
    expect(userList.declaration.searchIds!.problems!(q.slice(0, q.lastIndexOf(' ')))).to.eql([]);
  });

  it('reports as many found ids as the limit when rows may be missing', async () => {
    const other = await createTenant(portal);
    await sql(
      portal,
      `insert into users (tenant_id, id, audience, email, email_norm, name, name_norm, search_text)
       select $1, gen_random_uuid(), 'customer', e, e, 'Person', 'person', ' person ' || e
       from (select 'person' || n || '@x.example' as e from generate_series(1, $2::int) n) emails`,
      [other.id, MAX_SEARCH_RESULTS + 1],
    );
    const foundOf = async (q: string) => {
      const { query } = userList.parse({ q });
      const [{ found, count }] = await readTenant(portal.database, other.id, (db) => [
        userList.counted(db, query),
      ]);
      return { found: Math.min(found, MAX_SEARCH_RESULTS), count };
    };
    expect(await foundOf('"person" -person1@x')).to.include({ found: MAX_SEARCH_RESULTS });
    expect(await foundOf('person email:person20@x')).to.include({ count: 1 });
    expect((await foundOf('status:disabled')).found).to.equal(0);
  });

  it('accepts any text', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom(
        'name:',
        'phone:',
        'code:',
        'area:',
        'site:',
        'role:',
        'address:',
        'email:',
        'company:',
        '-',
        '"',
        ' ',
      ),
      fc.constantFrom('\u0000', '\ud800', '%', '_', '\\', "'", '?', '::', '$1', 'a', '123'),
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

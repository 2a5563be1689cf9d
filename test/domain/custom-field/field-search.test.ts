import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { listCustomFields } from '../../../src/domain/custom-field/custom-field-queries.ts';
import { fieldFilters, fieldSearch } from '../../../src/domain/custom-field/field-search.ts';
import { storeCustomValues } from '../../../src/domain/custom-field/store-values.ts';
import { createCustomer, createCustomField, createTenant, type TestTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('Searches by custom fields', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  const ids: Record<string, string> = {};

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    const is_searchable = true;
    await createCustomField(portal, tenant, { code: 'gate', is_searchable });
    await createCustomField(portal, tenant, { code: 'floor', type: 'number', is_searchable });
    await createCustomField(portal, tenant, { code: 'born', type: 'date', is_searchable });
    await createCustomField(portal, tenant, { code: 'sure', type: 'yes_no', is_searchable });
    const grades = ['A', 'A-', '?'];
    await createCustomField(portal, tenant, {
      code: 'grade',
      type: 'choice',
      choices: grades,
      is_searchable,
    });
    const choices = ['Music', 'Old Books'];
    await createCustomField(portal, tenant, { code: 'likes', type: 'choices', choices, is_searchable });
    await createCustomField(portal, tenant, { code: 'plain' });
    await createCustomField(portal, tenant, { code: 'pin', is_searchable, is_secret: true });
    await createCustomField(portal, tenant, { code: 'gone', is_searchable, retired_at: new Date() });
    const values = {
      ada: {
        gate: 'Nörth 4',
        floor: '-2',
        born: '1815-12-10',
        sure: true,
        likes: ['Music', 'Old Books'],
        grade: 'A',
      },
      grace: {
        gate: 'North 5',
        floor: '10',
        born: '1906-12-09',
        sure: false,
        likes: ['Music'],
        plain: 'x',
        grade: 'A-',
      },
    };
    for (const [name, custom] of Object.entries(values)) {
      const { id } = await createCustomer(portal, tenant);
      ids[name] = id;
      await inTenant(portal.database, tenant.id, async (db) => {
        storeCustomValues(db, 'user', await listCustomFields(db, 'user'), [{ id, values: custom }]);
      });
    }
  });

  /** The names of the found users; undefined for a text that is no value of the field. */
  const find = (code: string, text: string) =>
    inTenant(portal.database, tenant.id, async (db) => {
      const condition = fieldSearch(await listCustomFields(db, 'user')).get(code)?.(text);
      if (!condition) return undefined;
      const rows = db.from('users as u').select<{ id: string }[]>('u.id');
      condition(rows, db, { column: 'u.id', alias: 'found' });
      const found = new Set((await rows).map(({ id }) => id));
      return Object.keys(ids).filter((name) => found.has(ids[name]!));
    });

  const cases: [string, string, string[] | undefined][] = [
    ['gate', 'north', ['ada', 'grace']],
    ['gate', 'NÖRTH 5', ['grace']],
    ['gate', 'orth', []],
    ['gate', '%', undefined],
    ['floor', '-2,0', ['ada']],
    ['floor', '-5..9', ['ada']],
    ['floor', '-2..', ['ada', 'grace']],
    ['floor', '..-3', []],
    ['floor', '..', undefined],
    ['floor', 'ten', undefined],
    ['floor', '1..2..3', undefined],
    ['born', '1900-01-01..1999-12-31', ['grace']],
    ['born', '1906-12-09', ['grace']],
    ['born', '1906-02-30', undefined],
    ['sure', 'Yes', ['ada']],
    ['sure', 'maybe', undefined],
    ['likes', 'old books', ['ada']],
    ['likes', 'Music', ['ada', 'grace']],
    ['likes', 'Sport', undefined],
    ['grade', '?', []],
    ['plain', 'x', undefined],
    ['pin', 'x', undefined],
    ['gone', 'x', undefined],
  ];
  for (const [code, text, names] of cases)
    it(`find ${names?.join(' and ') ?? 'nothing, and say so,'} for ${code}:${text}`, async () =>
      expect(await find(code, text)).to.eql(names));

  it('are filters that tell choices apart which differ by punctuation', async () => {
    await inTenant(portal.database, tenant.id, async (db) => {
      const filter = fieldFilters(await listCustomFields(db, 'user'), 'u.id')['cf.grade']!;
      for (const [given, names] of [
        [['A'], ['ada']],
        [['A-'], ['grace']],
        [['?'], []],
        [
          ['A', 'A-'],
          ['ada', 'grace'],
        ],
      ] as const) {
        const rows = db.from('users as u').select<{ id: string }[]>('u.id');
        filter.apply(
          rows,
          given.map((text) => filter.parse(text)!),
          { db, time_zone: 'UTC', sort: '-created', filters: {} },
        );
        const found = new Set((await rows).map(({ id }) => id));
        expect(
          Object.keys(ids).filter((name) => found.has(ids[name]!)),
          given.join(),
        ).to.eql(names);
      }
    });
  });

  it('are filters of lists, with several values for choices', async () => {
    await inTenant(portal.database, tenant.id, async (db) => {
      const filters = fieldFilters(await listCustomFields(db, 'user'), 'u.id');
      expect(Object.keys(filters)).to.eql([
        'cf.gate',
        'cf.floor',
        'cf.born',
        'cf.sure',
        'cf.grade',
        'cf.likes',
      ]);
      expect(filters['cf.likes']!.isMultiple).to.equal(true);
      expect(filters['cf.floor']!.isMultiple).to.equal(false);
      expect(filters['cf.floor']!.parse('high')).to.equal(undefined);
      expect(filters['cf.floor']!.parse('4..2')).to.equal(undefined);
      expect(filters['cf.floor']!.parse('02,50..')).to.equal('2.5..');
      expect(filters['cf.floor']!.parse('7')).to.equal('7..7');
      expect(filters['cf.likes']!.parse('old BOOKS')).to.equal('Old Books');
      const rows = db.from('users as u').select<{ id: string }[]>('u.id');
      filters['cf.likes']!.apply(rows, ['old books', 'Music'], {
        db,
        time_zone: 'UTC',
        sort: '-created',
        filters: {},
      });
      filters['cf.floor']!.apply(rows, ['..0'], { db, time_zone: 'UTC', sort: '-created', filters: {} });
      expect((await rows).map(({ id }) => id)).to.eql([ids['ada']]);
    });
  });
});

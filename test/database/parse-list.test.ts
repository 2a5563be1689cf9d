import { expect } from 'chai';
import { newId } from '../../src/database/new-id.ts';
import { writeCursor } from '../../src/database/paginate.ts';
import type { Params } from '../../src/database/parse-list.ts';
import { auditList } from '../../src/domain/audit/audit-list.ts';
import { memberList } from '../../src/domain/membership/membership-list.ts';
import { staffList } from '../../src/domain/staff/staff-list.ts';
import { userList } from '../../src/domain/user/user-list.ts';

const id = newId();
const cursor = (name: string, values: string[]) =>
  writeCursor({ values, start: 26 }, { name, columns: [], fields: [], isDescending: false });
const byId = cursor('created', [id]);

interface Example {
  title: string;
  params: Params;
  q?: string;
  filters?: object;
  sort?: string;
  problems?: string[];
  canonical?: string;
}

const users: Example[] = [
  { title: 'no parameters', params: {} },
  { title: 'a search', params: { q: ' ada\tlove ' }, q: 'ada love', canonical: 'q=ada+love' },
  {
    title: 'single filters',
    params: { view: 'disabled', status: 'enabled', company: id },
    filters: { view: 'disabled', status: 'enabled', company: id },
    canonical: `view=disabled&status=enabled&company=${id}`,
  },
  {
    title: 'one value of a multiple filter',
    params: { access: 'active' },
    filters: { access: ['active'] },
    canonical: 'access=active',
  },
  {
    title: 'several values of a multiple filter, each once, in the declared order',
    params: { access: ['opened', 'invited', 'opened'] },
    filters: { access: ['invited', 'opened'] },
    canonical: 'access=invited&access=opened',
  },
  {
    title: 'a multiple filter with an invalid value',
    params: { access: ['invited', 'x'] },
    filters: { access: ['invited'] },
    problems: ['access'],
    canonical: 'access=invited',
  },
  {
    title: 'only the first value of a single filter',
    params: { status: ['enabled', 'disabled'] },
    filters: { status: 'enabled' },
    canonical: 'status=enabled',
  },
  {
    title: 'invalid values',
    params: { view: 'x', status: '__proto__', access: 'constructor', company: '1', sort: 'toString' },
    problems: ['view', 'status', 'access', 'company', 'sort'],
  },
  { title: 'an order', params: { sort: '-name' }, sort: '-name', canonical: 'sort=-name' },
  { title: 'the default order', params: { sort: '-created' } },
  { title: 'a cursor', params: { after: byId }, canonical: `after=${byId}` },
  {
    title: 'a cursor of another order',
    params: { after: byId, sort: 'name' },
    sort: 'name',
    problems: ['after'],
    canonical: 'sort=name',
  },
  { title: 'unknown parameters', params: { utm_source: 'mail', 'access[]': 'active', page: '7' } },
  { title: 'values that are no text', params: { q: { a: '1' }, status: 1, access: [null] } },
];

const events: Example[] = [
  {
    title: 'a date range',
    params: { from: '2026-02-28', to: '2026-03-01' },
    filters: { from: '2026-02-28', to: '2026-03-01' },
    canonical: 'from=2026-02-28&to=2026-03-01',
  },
  {
    title: 'a date range without an end',
    params: { from: '2026-02-28' },
    filters: { from: '2026-02-28' },
    canonical: 'from=2026-02-28',
  },
  {
    title: 'a date range with an invalid start',
    params: { from: '2026-02-29', to: '2026-03-01' },
    filters: { to: '2026-03-01' },
    problems: ['from'],
    canonical: 'to=2026-03-01',
  },
];

describe('List.parse()', () => {
  for (const [declared, defaultSort, examples] of [
    [userList, '-created', users],
    [auditList, '-at', events],
  ] as const) {
    for (const { title, params, q = '', filters = {}, sort = defaultSort, ...expected } of examples) {
      it(`reads ${title}`, () => {
        const { query, problems, canonical } = declared.parse(params, { time_zone: 'Europe/Berlin' });
        expect(query).to.eql({ q, filters, within: {}, sort, time_zone: 'Europe/Berlin' });
        expect(problems).to.eql(expected.problems ?? []);
        expect(canonical).to.equal(expected.canonical ?? '');
        expect(JSON.parse(JSON.stringify(query)), 'as JSON').to.eql(query);
      });
    }
  }

  it('returns the same query for the canonical parameters', () => {
    const { query } = userList.parse({ q: 'ada', access: ['opened', 'invited'], sort: 'name' });
    const params = new URLSearchParams(userList.format(query));
    const again = Object.fromEntries([...params.keys()].map((name) => [name, params.getAll(name)]));
    expect(userList.parse(again).query).to.eql(query);
  });

  it('reports empty values of its parameters only', () => {
    expect(userList.parse({ q: ' ', status: 'enabled' }).hasEmptyParams).to.equal(true);
    expect(userList.parse({ access: ['', 'active'] }).hasEmptyParams).to.equal(true);
    expect(userList.parse({ status: 'enabled', utm_source: '' }).hasEmptyParams).to.equal(false);
  });

  it('reads a cursor of a long name', () => {
    const values = ['n'.repeat(4000), id];
    const after = cursor('name', values);
    expect(userList.parse({ after, sort: 'name' })).to.deep.include({
      place: { side: 'after', values, start: 26 },
      problems: [],
    });
  });

  it('reports a cursor that is too long', () => {
    const after = cursor('name', ['n'.repeat(6000), id]);
    expect(userList.parse({ after, sort: 'name' })).to.deep.include({ place: null, problems: ['after'] });
  });

  it('returns the place of a cursor apart from the query', () => {
    expect(userList.parse({ before: byId }).place).to.eql({ side: 'before', values: [id], start: 26 });
    expect(userList.parse({}).place).to.equal(null);
  });

  it('ignores q in a list without a search', () => {
    expect(staffList.parse({ q: 'ada' })).to.deep.include({ canonical: '', problems: [] });
    expect(staffList.parse({ q: 'ada' }).query.q).to.equal('');
  });

  it('takes the filters of `within` from the caller, never from the parameters', () => {
    const { query, canonical } = memberList.parse({ company: newId() }, { within: { company: id } });
    expect(query.within).to.eql({ company: id });
    expect(canonical).to.equal('');
  });
});

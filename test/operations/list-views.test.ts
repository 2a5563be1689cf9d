import { expect } from 'chai';
import type { Request, Response } from 'express';
import type { Scope } from '../../src/database/scope.ts';
import type { ShownView } from '../../src/domain/saved-view/saved-view-queries.ts';
import { readView, shownViews } from '../../src/operations/list-views.ts';

const VIEW = '018f3e5c-0000-7000-8000-000000000001';
const OWNER = '018f3e5c-0000-7000-8000-000000000002';

const view: ShownView = {
  id: VIEW,
  name: 'Late',
  query: 'status=late',
  owner_id: OWNER,
  row_count: 7,
  counted_at: new Date('2026-11-01T12:00:00Z'),
  is_count_due: false,
};

const all: Scope = { kind: 'all' };

function tabsFor(file: 'users' | 'tasks', { scope = all, userId = OWNER, row_count = 7 } = {}) {
  const actor = { scope, permissions: new Set() };
  const req = { pathname: '/list', user: { id: userId }, actor } as unknown as Request;
  const list = {
    file,
    views: [{ ...view, row_count }],
    requested: { id: VIEW, query: {} },
    query: '',
    tabs: [],
  };
  return shownViews(req, {} as Response, list).tabs;
}

describe('The saved views of a list', () => {
  it('are tabs beside one for all rows', () => {
    expect(tabsFor('users')).to.eql([
      { text: 'All', href: '/list', is_current: false },
      {
        text: 'Late',
        is_data: true,
        href: `/list?status=late&view=${VIEW}`,
        is_current: true,
        count: 7,
        is_more: false,
        counted_at: view.counted_at,
      },
    ]);
  });

  it('show a number that is cut off', () => {
    expect(tabsFor('users', { row_count: 10_001 })[1]).to.include({ count: 10_000, is_more: true });
  });

  it('show no count to staff who do not see every row', () => {
    const scope: Scope = { kind: 'restricted', company_ids: [], site_ids: [] };
    expect(tabsFor('users', { scope })[1]).to.not.have.property('count');
  });

  it('show the count of a list with rows of their own only to the owner', () => {
    expect(tabsFor('tasks')[1]).to.have.property('count', 7);
    expect(tabsFor('tasks', { userId: VIEW })[1]).to.not.have.property('count');
    expect(tabsFor('users', { userId: VIEW })[1]).to.have.property('count', 7);
  });

  it('are named by an id beside the values of a filter', () => {
    const read = (query: object) => readView({ query } as unknown as Request);
    expect(read({ q: 'x', view: ['disabled', VIEW] })).to.eql({
      id: VIEW,
      query: { q: 'x', view: ['disabled'] },
    });
    expect(read({ view: VIEW })).to.eql({ id: VIEW, query: {} });
    expect(read({ view: 'disabled' })).to.eql({ id: undefined, query: { view: ['disabled'] } });
    expect(read({ view: { a: 'x' } })).to.deep.include({ id: undefined });
  });
});

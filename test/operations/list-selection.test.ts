import { expect } from 'chai';
import type { Request } from 'express';
import { newId } from '../../src/database/new-id.ts';
import { userList } from '../../src/domain/user/user-list.ts';
import { readSelection } from '../../src/operations/list-selection.ts';

const requestWith = (body: Record<string, string | string[]>) =>
  ({
    body: { list: 'users', columns: 'name', query: 'q=ada&status=enabled&sort=name&per=50', ...body },
    user: { time_zone: null },
    tenant: { time_zone: 'Asia/Riyadh' },
  }) as unknown as Request;

describe('The selection of a list', () => {
  it('is the ids without the filters, or the query of the list', () => {
    const [one, other] = [newId(), newId()];
    const common = { within: {}, sort: 'name', time_zone: 'Asia/Riyadh' };
    expect(readSelection(requestWith({ 'ids[]': [one, other, one] }), userList)).to.eql({
      ids: [one, other],
      query: { ...common, q: '', filters: {}, ids: [one, other] },
    });
    expect(readSelection(requestWith({ 'ids[]': one, all: '1' }), userList)).to.eql({
      all: true,
      query: { ...common, q: 'ada', filters: { status: 'enabled' } },
    });
    expect(readSelection(requestWith({}), userList)).to.equal(null);
  });
});

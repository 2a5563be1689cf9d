import { expect } from 'chai';
import { pageOf, readCursor, writeCursor, type Order } from '../../src/database/paginate.ts';

const byName: Order = {
  name: 'name',
  columns: ['u.name', 'u.id'],
  fields: ['name', 'id'],
  isDescending: false,
};
const rows = (...ids: number[]) => ids.map((id) => ({ id: String(id), name: `n${id}` }));

describe('a page', () => {
  it('knows from one row too many that there is a next one', () => {
    const first = pageOf(rows(1, 2, 3), byName, { place: null, size: 2 });
    expect(first.rows).to.deep.equal(rows(1, 2));
    expect(first.previous).to.equal(null);
    expect(first.next).to.deep.equal(['n2', '2']);
    expect(pageOf(rows(1, 2), byName, { place: null, size: 2 }).next).to.equal(null);
  });

  it('that was asked for backwards stands in its order again', () => {
    const place = { side: 'before', values: ['n9', '9'] } as const;
    const page = pageOf(rows(8, 7, 6), byName, { place, size: 2 });
    expect(page.rows).to.deep.equal(rows(7, 8));
    expect(page.previous).to.deep.equal(['n7', '7']);
    expect(page.next).to.deep.equal(['n8', '8']);
    expect(pageOf(rows(2, 1), byName, { place, size: 2 }).previous).to.equal(null);
  });
});

describe('a cursor', () => {
  it('carries its values, whatever is in them', () => {
    const values = ['é {"\u0000', '1'];
    expect(readCursor(writeCursor(values, byName, 'key'), byName, ['new key', 'key'])).to.deep.equal(values);
  });

  it('is nothing to another key, another order, or when it was altered', () => {
    const cursor = writeCursor(['a', '1'], byName, 'key');
    expect(readCursor(cursor, byName, ['other'])).to.equal(undefined);
    expect(readCursor(cursor, { ...byName, name: 'email' }, ['key'])).to.equal(undefined);
    for (const text of [`x${cursor}`, cursor.replace('.', ''), '', '.', cursor.split('.')[0]!])
      expect(readCursor(text, byName, ['key'])).to.equal(undefined);
  });
});

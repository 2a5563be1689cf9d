import { expect } from 'chai';
import { newId } from '../../src/database/new-id.ts';
import { pageOf, readCursor, writeCursor, type Order } from '../../src/database/paginate.ts';

const byName: Order = {
  name: 'name',
  columns: ['u.name', 'u.id'],
  fields: ['name', 'id'],
  isDescending: false,
};
const byTime: Order = {
  name: 'at',
  columns: ['a.at', 'a.id'],
  fields: ['at_text', 'id'],
  isDescending: true,
};
const rows = (...ids: number[]) => ids.map((id) => ({ id: String(id), name: `n${id}` }));

describe('pageOf()', () => {
  it('returns a next position when one row more than the page size was read', () => {
    const first = pageOf(rows(1, 2, 3), byName, { place: null, size: 2 });
    expect(first.rows).to.deep.equal(rows(1, 2));
    expect(first.previous).to.equal(null);
    expect(first.next).to.deep.equal(['n2', '2']);
    expect(pageOf(rows(1, 2), byName, { place: null, size: 2 }).next).to.equal(null);
  });

  it('restores the order of a page that was read backwards', () => {
    const place = { side: 'before', values: ['n9', '9'] } as const;
    const page = pageOf(rows(8, 7, 6), byName, { place, size: 2 });
    expect(page.rows).to.deep.equal(rows(7, 8));
    expect(page.previous).to.deep.equal(['n7', '7']);
    expect(page.next).to.deep.equal(['n8', '8']);
    expect(pageOf(rows(2, 1), byName, { place, size: 2 }).previous).to.equal(null);
  });
});

describe('readCursor()', () => {
  const id = newId();
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('returns the written values, including any special characters', () => {
    const values = ['é {"\u0001 😀', id];
    const cursor = { values, start: 26 };
    expect(readCursor(writeCursor(cursor, byName), byName)).to.deep.equal(cursor);
    const time = ['2026-02-28 23:59:59.123456+05:30', id];
    const timed = { values: time, start: 1 };
    expect(readCursor(writeCursor(timed, byTime), byTime)).to.deep.equal(timed);
  });

  it('refuses the cursor of another order', () => {
    const cursor = writeCursor({ values: ['a', id], start: 1 }, byName);
    expect(readCursor(cursor, { ...byName, name: 'email' })).to.equal(undefined);
    expect(readCursor(cursor, byTime)).to.equal(undefined);
  });

  it('refuses text that is not a cursor', () => {
    const cursor = writeCursor({ values: ['a', id], start: 1 }, byName);
    const altered = [`x${cursor}`, cursor.slice(0, -8), '', '.', '..', 'e30.x'];
    const other = [encode({ 0: 'name' }), encode('name'), encode(null), encode(['name'])];
    for (const text of [...altered, ...other]) expect(readCursor(text, byName), text).to.equal(undefined);
  });

  it('refuses values whose number or type the statement would not accept', () => {
    const wrong = [['a'], ['a', id, 'b'], ['a', 'no uuid'], ['a\0', id], [1, id], [null, id], [['a'], id]];
    for (const values of wrong)
      expect(readCursor(encode(['name', 1, ...values]), byName), String(values)).to.equal(undefined);
  });

  it('refuses a number that is not that of a row', () => {
    for (const start of [0, -1, 1.5, '1', null, 2 ** 53])
      expect(readCursor(encode(['name', start, 'a', id]), byName), String(start)).to.equal(undefined);
    expect(readCursor(encode(['name', 1, 'a', id]), byName)).to.deep.equal({ values: ['a', id], start: 1 });
  });

  it('refuses times that PostgreSQL would not accept', () => {
    const wrong = [
      '2026-02-31 00:00:00+00',
      '2026-13-01 00:00:00+00',
      '0000-01-01 00:00:00+00',
      '2026-01-01 24:00:00+00',
      '2026-01-01 00:00:00+19',
      '2026-01-01',
      'yesterday',
    ];
    for (const time of wrong)
      expect(readCursor(encode(['at', 1, time, id]), byTime), time).to.equal(undefined);
  });
});

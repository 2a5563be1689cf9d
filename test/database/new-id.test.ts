import { expect } from 'chai';
import { isId, newId } from '../../src/database/new-id.ts';

describe('an id', () => {
  it('made later sorts later, also within one millisecond', () => {
    const ids = Array.from({ length: 20_000 }, () => newId());
    expect([...ids].sort()).to.deep.equal(ids);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('is a version 7 UUID of its time', () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5);
    const id = newId(at);
    expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).to.equal(at);
  });

  it('is told from anything else', () => {
    expect(isId(newId())).to.equal(true);
    for (const text of ['', 'a', newId().toUpperCase(), `${newId()} `, undefined, [newId()]])
      expect(isId(text), String(text)).to.equal(false);
  });
});

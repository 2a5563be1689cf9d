import { expect } from 'chai';
import { isId, newId } from '../../src/database/new-id.ts';

describe('newId', () => {
  const realNow = Date.now;
  afterEach(() => {
    Date.now = realNow;
  });

  it('returns ids that sort in the order of the calls within one millisecond', () => {
    const now = Date.now() + 1000;
    Date.now = () => now;
    const ids = Array.from({ length: 20_000 }, () => newId());
    expect([...ids].sort()).to.deep.equal(ids);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(timeOf(ids[0]!)).to.equal(now);
  });

  it('keeps the order of the calls when the clock is set back', () => {
    const first = newId();
    Date.now = () => realNow() - 60_000;
    expect(newId() > first).to.equal(true);
  });

  it('keeps the order of the calls when ids of the past are made in between', () => {
    const first = newId();
    newId(Date.UTC(2020, 0, 1));
    expect(newId() > first).to.equal(true);
  });

  it('returns a version 7 UUID of the given time', () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5);
    const id = newId(at);
    expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(timeOf(id)).to.equal(at);
  });

  function timeOf(id: string): number {
    return parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  }
});

describe('isId', () => {
  it('accepts an id that newId returns', () => {
    expect(isId(newId())).to.equal(true);
    expect(isId(newId(0))).to.equal(true);
  });

  it('rejects upper case, surrounding text and values that are not strings', () => {
    const id = newId();
    const wrong = [
      '',
      'a',
      `a${id.slice(1)}`.toUpperCase(),
      `${id} `,
      `${id}\n`,
      `{${id}}`,
      `x'; --${id}`,
      undefined,
      [id],
    ];
    for (const text of wrong) expect(isId(text), String(text)).to.equal(false);
  });
});

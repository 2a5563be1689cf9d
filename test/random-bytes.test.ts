import { expect } from 'chai';
import { pooledRandomBytes } from '../src/random-bytes.ts';

describe('pooledRandomBytes', () => {
  it('returns the number of bytes and never the same ones, also after it has read ahead again', () => {
    const values = Array.from({ length: 2_000 }, () => pooledRandomBytes(24));
    expect(values.every((value) => value.length === 24)).to.equal(true);
    expect(new Set(values.map((value) => value.toString('hex'))).size).to.equal(values.length);
  });
});

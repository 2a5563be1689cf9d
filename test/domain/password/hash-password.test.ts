import { expect } from 'chai';
import {
  hashPassword,
  runningHashesPerProcess,
  shareCores,
  verifyPassword,
} from '../../../src/domain/password/hash-password.ts';
import { Unavailable } from '../../../src/errors.ts';
import { countHashes } from '../../support/count-hashes.ts';

const PASSWORD = 'a passphrase of the tests';

describe('The queue of password hashes', () => {
  afterEach(() => shareCores(1));

  for (const [cores, processes, running] of [
    [1, 1, 1],
    [2, 1, 2],
    [2, 2, 1],
    [4, 2, 2],
    [4, 8, 1],
    [16, 1, 2],
    [16, 16, 1],
  ] as const)
    it(`runs ${running} at once in each of ${processes} processes on ${cores} cores`, () => {
      expect(runningHashesPerProcess(processes, cores)).to.equal(running);
    });

  it('starts one at a time when the processes share the cores', async () => {
    shareCores(64);
    await hashPassword(PASSWORD);
    let hashes: Promise<unknown> | undefined;
    const started = await countHashes(async () => {
      hashes = Promise.all([hashPassword(PASSWORD), hashPassword(PASSWORD), hashPassword(PASSWORD)]);
      return Promise.resolve();
    });
    expect(started).to.equal(1);
    expect(await countHashes(() => hashes!)).to.equal(2);
  });

  it('refuses a password when 64 are waiting, and runs the others', async () => {
    shareCores(64);
    const stored = await hashPassword(PASSWORD);
    const accepted = Array.from({ length: 65 }, () => verifyPassword(stored, PASSWORD));
    const refusal = await verifyPassword(stored, PASSWORD).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(Unavailable);
    expect(await Promise.all(accepted)).to.eql(Array.from({ length: 65 }, () => true));
    expect(await verifyPassword(stored, 'another passphrase')).to.equal(false);
  });
});

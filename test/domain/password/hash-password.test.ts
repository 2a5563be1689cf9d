import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import {
  hashPassword,
  runningHashesPerProcess,
  shareCores,
  verifyPassword,
} from '../../../src/domain/password/hash-password.ts';
import { Unavailable } from '../../../src/errors.ts';
import { bundle } from '../../support/bundle.ts';
import { countHashes } from '../../support/count-hashes.ts';

const PASSWORD = 'a passphrase of the tests';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** The lines that the statements print in a new process, whose dummy hash is not computed yet. */
async function linesOf(statements: string): Promise<string[]> {
  const module = await bundle('src/domain/password/hash-password.ts');
  const program = `import { createRequire } from 'node:module';
    const argon2 = createRequire(process.cwd() + '/')('@node-rs/argon2');
    const original = argon2.hash;
    const calls = [];
    let failure;
    argon2.hash = async (password, cost) => {
      calls.push(password);
      if (failure) throw failure;
      return original(password, cost);
    };
    const { hashPassword, shareCores, verifyPassword } = await import(${JSON.stringify(module)});
    ${statements}`;
  const args = ['--input-type=module', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (stderr) throw new Error(stderr);
  return stdout.trim().split('\n');
}

describe('The dummy hash', () => {
  it('is computed inside the queue', async () => {
    const lines = await linesOf(`shareCores(64);
      const both = [hashPassword('first'), verifyPassword(undefined, 'second')];
      console.log(calls.join());
      await Promise.all(both);
      console.log(calls.join());`);
    expect(lines).to.eql(['first', 'first,the dummy password']);
  });

  it('is computed again after a failure', async () => {
    const lines = await linesOf(`failure = new Error('No memory');
      await verifyPassword(undefined, 'first').catch(({ message }) => console.log(message));
      failure = undefined;
      console.log(await verifyPassword(undefined, 'second'));`);
    expect(lines).to.eql(['No memory', 'false']);
  });
});

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

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { expectFailure, openCommandLine, type CommandLine } from './command-line.ts';

describe('audit:verify', () => {
  let cli: CommandLine;

  before(async () => {
    cli = await openCommandLine();
  });
  after(() => cli.close());

  it('verifies the audit log of one tenant or of all', async () => {
    await cli.createTenant('sealed');
    await cli.createTenant('second');
    expect((await cli.run('audit:verify', '--tenant', 'sealed', '--json')).json).to.deep.equal([
      { slug: 'sealed', seals: 0, events: 0, hash: null, problem: null },
    ]);
    expect((await cli.run('audit:verify', '--tenant', 'sealed')).out).to.equal(
      'sealed: nothing is sealed yet (events are sealed after five minutes)',
    );
    const all = (await cli.run('audit:verify', '--json')).json as { slug: string | null }[];
    expect(all.map(({ slug }) => slug)).to.have.members(['sealed', 'second', null]);
    expectFailure(await cli.run('audit:verify', '--tenant', 'no'), /There is no tenant/);
  });

  it('compares with the heads of an earlier output', async () => {
    const file = path.join(cli.folder, 'heads.json');
    const head = { seals: 3, events: 30, hash: 'ab', problem: null };
    writeFileSync(
      file,
      JSON.stringify([
        { slug: 'sealed', ...head },
        { slug: 'gone', ...head },
      ]),
    );
    const failed = await cli.run('audit:verify', '--heads', file);
    expect(failed.code).to.equal(1);
    expect(failed.out).to.include('sealed: The log ends at seal 0, and its recorded head is seal 3');
    expect(failed.out).to.include('gone: there is no such tenant now');
    expect(failed.err).to.include('The audit log of sealed, gone was changed.');
    writeFileSync(file, 'no JSON');
    expectFailure(await cli.run('audit:verify', '--heads', file), /--heads/);
  });
});

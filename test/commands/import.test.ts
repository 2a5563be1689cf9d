import { expect } from 'chai';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expectFailure, openCommandLine, type CommandLine } from './command-line.ts';

describe('import', () => {
  let cli: CommandLine;
  let folder: string;

  before(async () => {
    cli = await openCommandLine();
    await cli.createTenant('harbour');
    folder = await mkdtemp(path.join(tmpdir(), 'portico-import-'));
  });
  after(() => cli.close());

  const write = async (name: string, text: string) => {
    const file = path.join(folder, name);
    await writeFile(file, text);
    return file;
  };
  const call = (file: string, ...more: string[]) =>
    cli.run('import', '--tenant', 'harbour', '--kind', 'users', '--file', file, ...more);

  it('imports the good rows, prints the refused ones, writes them to a file and fails', async () => {
    const file = await write(
      'people.csv',
      'userName,firstName,lastName\na@example.com,Ann,Lee\nno address,Ben,Day\n',
    );
    const errors = path.join(folder, 'errors.csv');
    const result = await call(file, '--errors', errors);
    expect(result.code).to.equal(1);
    expect(result.err).to.include('Row 3: userName: Enter an email address');
    expect(result.out).to.include('created: 1');
    expect(await readFile(errors, 'utf8')).to.match(
      /^\uFEFFuserName,firstName,lastName,Reason\r\nno address,Ben,Day,"userName: Enter an email address/,
    );
    const names = await cli.sql(`select name from users where email = 'a@example.com'`, []);
    expect(names).to.deep.equal([{ name: 'Ann Lee' }]);
  });

  it('changes nothing with --dry-run, with all or nothing and an error, or a second time', async () => {
    const file = await write('more.csv', 'email,First name\nb@example.com,Ben\nc@example.com,Cy\n');
    expect((await call(file, '--dry-run', '--json')).json).to.deep.include({
      dry_run: true,
      counts: { create: 2 },
    });
    const bad = await write('bad.csv', 'email,First name\nb@example.com,Ben\nwrong,Cy\n');
    expect((await call(bad, '--all-or-nothing')).code).to.equal(1);
    expect(await cli.sql(`select 1 from users where email = 'b@example.com'`, [])).to.eql([]);
    expect((await call(file)).code).to.equal(0);
    expect((await call(file, '--json')).json).to.deep.include({ counts: { unchanged: 2 } });
  });

  it('imports companies and units', async () => {
    const companies = fileURLToPath(new URL('../fixtures/import/companies.csv', import.meta.url));
    const run = (kind: string, file: string) =>
      cli.run('import', '--tenant', 'harbour', '--kind', kind, '--file', file, '--json');
    expect((await run('companies', companies)).json).to.deep.include({ counts: { create: 3, created: 3 } });
    expect((await run('companies', companies)).json).to.deep.include({ counts: { unchanged: 3 } });
    const units = fileURLToPath(new URL('../fixtures/import/units.csv', import.meta.url));
    expect((await run('units', units)).err).to.include('Enter the name of a site that exists');
  });

  it('refuses unknown kinds, modes, keys and files that are not CSV', async () => {
    const file = await write('ok.csv', 'email\na@example.com\n');
    expect((await call(file, '--mode', 'no')).err).to.include('--mode takes one of');
    expect((await call(file, '--key', 'no')).err).to.include('--key takes one of');
    expectFailure(await call(path.join(folder, 'missing.csv')), /cannot be read/);
    expectFailure(await call(await write('book.csv', 'PK\u0003\u0004xl')), /./);
  });
});

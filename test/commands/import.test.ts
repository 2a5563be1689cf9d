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
    for (const [code, title, type] of [
      ['size', 'Size', 'number'],
      ['born', 'Born', 'date'],
    ])
      await cli.sql(
        `insert into custom_fields (tenant_id, id, entity, title, code, code_norm, type)
         select id, gen_random_uuid(), 'user', $2, $1, $1, $3 from tenants where slug = 'harbour'`,
        [code, title, type],
      );
    folder = await mkdtemp(path.join(tmpdir(), 'portico-import-'));
  });
  after(() => cli.close());

  const write = async (name: string, text: string) => {
    const file = path.join(folder, name);
    await writeFile(file, text);
    return file;
  };
  /** As German settings write it, with a number and a date. */
  const writeDates = async (name: string, email: string, size = '1.089,5') => {
    const text = `Email;Name;Size;Born;Note\r\n${email};Dora Müller;${size};02.03.2026;x\r\n`;
    const file = path.join(folder, name);
    await writeFile(file, text, 'latin1');
    return file;
  };
  const detailsOf = (email: string) => cli.sql('select name, custom from users where email = $1', [email]);
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

  it('imports opening balances, and names the wrong cells of rentals', async () => {
    await call(await write('payer.csv', 'email,First name\npayer@example.com,Ann\n'));
    const run = (kind: string, file: string, ...rest: string[]) =>
      cli.run('import', '--tenant', 'harbour', '--kind', kind, '--file', file, '--json', ...rest);
    const balances = await write(
      'balances.csv',
      'Customer,Balance,Date\npayer@example.com,"1,012.50",2026-01-31\n',
    );
    expect((await run('balances', balances)).json).to.deep.include({ counts: { create: 1, created: 1 } });
    expect((await run('balances', balances)).json).to.deep.include({ counts: { unchanged: 1 } });
    const rentals = await write(
      'rentals.csv',
      'Customer,Site,Unit,Start\npayer@example.com,Nowhere,A-1,2026-01-31\n',
    );
    expect((await run('rentals', rentals)).err).to.include('Site: Enter the name of a site that exists');
    expect((await run('rentals', rentals, '--mode', 'both')).err).to.include('--mode takes one of: create.');
  });

  it('detects and prints how a file of a spreadsheet is written', async () => {
    const file = await writeDates('detected.csv', 'dora@example.com');
    const result = await call(file);
    expect(result.code, result.err).to.equal(0);
    expect(result.out).to.include(
      'Read as: encoding windows-1252, delimiter semicolon, date-order dmy, decimal-mark comma, clear-empty false, mode both, key email',
    );
    expect(result.out).to.include(
      'Columns: Email = email, Name = name, Size = cf.size, Born = cf.born, Note = not imported',
    );
    expect(await detailsOf('dora@example.com')).to.eql([
      { name: 'Dora Müller', custom: { size: '1089.5', born: '2026-03-02' } },
    ]);
  });

  it('reads a file as its options say instead of what is detected', async () => {
    const file = await writeDates('given.csv', 'emil@example.com', '1.089');
    const options = ['--encoding', 'iso-8859-1', '--delimiter', 'semicolon', '--date-order', 'mdy'];
    const { json, err } = await call(file, ...options, '--decimal-mark', 'point', '--json');
    expect(json, err).to.deep.include({
      encoding: 'iso-8859-1',
      delimiter: 'semicolon',
      date_order: 'mdy',
      decimal_mark: 'point',
      saved_mapping: null,
      counts: { create: 1, created: 1 },
    });
    expect(await detailsOf('emil@example.com')).to.eql([
      { name: 'Dora Müller', custom: { size: '1.089', born: '2026-02-03' } },
    ]);
  });

  it('finds users by their id, and clears the values of empty cells', async () => {
    await call(await write('before.csv', 'email,First name,Phone\nfay@example.com,Fay,+44 20 7946 0000\n'));
    const [fay] = await cli.sql(`select id from users where email = 'fay@example.com'`);
    const file = await write('cleared.csv', `id,First name,Phone\n${fay!['id'] as string},Faye,\n`);
    const cleared = await call(file, '--mode', 'update', '--key', 'id', '--clear-empty', '--json');
    expect(cleared.json, cleared.err).to.deep.include({
      key: 'id',
      clear_empty: true,
      counts: { update: 1, updated: 1 },
    });
    expect(await cli.sql('select first_name, phone from users where id = $1', [fay!['id']])).to.eql([
      { first_name: 'Faye', phone: null },
    ]);
  });

  it('saves a mapping and uses it for the same headings, or by its name', async () => {
    const headings = await write('mapping.json', JSON.stringify({ Contact: 'email', Email: null }));
    const file = await write('old.csv', 'Contact;Email;First name\ngus@example.com;x;Gus\n');
    const options = ['--mapping', headings, '--date-order', 'mdy', '--save-mapping', 'Old system'];
    expect((await call(file, ...options)).code).to.equal(0);
    expect((await call(file, ...options)).err).to.include(
      '--save-mapping: A mapping with the name Old system',
    );
    const again = await write('old2.csv', 'Contact;Email;First name\nhal@example.com;x;Hal\n');
    expect((await call(again, '--json')).json).to.deep.include({
      saved_mapping: 'Old system',
      date_order: 'mdy',
      mapping: { Contact: 'email', Email: null, 'First name': 'first_name' },
    });
    const other = await write('old3.csv', 'First name;Contact\nIda;ida@example.com\n');
    expect((await call(other, '--saved-mapping', 'old system', '--json')).json).to.deep.include({
      saved_mapping: 'Old system',
      counts: { create: 1, created: 1 },
    });
    const unknown = await call(other, '--saved-mapping', 'no');
    expectFailure(unknown, /^--saved-mapping: there is no mapping "no"\. Saved for this kind: Old system\./);
  });

  it('stores nothing when the columns do not fit', async () => {
    const count = () => cli.sql('select count(*)::int as n from imports');
    const before = await count();
    const file = await write('unmatched.csv', 'Contact,First name\nx@example.com,X\n');
    expectFailure(await call(file), /^--mapping: Choose a heading for: Email/);
    const twice = await write('twice.json', '{"Contact":"email","First name":"email"}');
    expectFailure(await call(file, '--mapping', twice), /^--mapping: Another heading is imported as Email/);
    const unknown = await write('unknown.json', '{"Contact":"nothing"}');
    expectFailure(await call(file, '--mapping', unknown), /there is no column nothing/);
    const broken = await write('broken.json', '["email"]');
    expectFailure(await call(file, '--mapping', broken), /is not a JSON object from headings to columns/);
    expectFailure(await call(file, '--mapping', path.join(folder, 'no.json')), /cannot be read/);
    expectFailure(await call(file, '--save-mapping', 'x'.repeat(61)), /^--save-mapping: .*60/);
    expect(await count()).to.eql(before);
  });

  it('undoes an import, prints the rows that stay and undoes it once', async () => {
    const file = await write('undone.csv', 'email,First name\njo@example.com,Jo\nkim@example.com,Kim\n');
    const { id } = (await call(file, '--json')).json as { id: string };
    await cli.sql(`update users set version = version + 1 where email = 'kim@example.com'`);
    const undo = (given: string) => cli.run('import:undo', '--tenant', 'harbour', '--id', given);
    const undone = await undo(id);
    expect(undone.code).to.equal(1);
    expect(undone.err).to.match(/^Row 3: .*changed.*\nRows that stay: 1\.$/);
    expect(undone.out).to.include(`Import ${id}: `).and.include('undone: 1').and.include('skipped: 1');
    expect(
      await cli.sql(`select email from users where email in ('jo@example.com', 'kim@example.com')`),
    ).to.eql([{ email: 'kim@example.com' }]);
    const events = await cli.sql('select event from audit_events where target_id = $1 order by id', [id]);
    expect(events.map(({ event }) => event)).to.eql([
      'import.uploaded',
      'import.columns_matched',
      'import.check_started',
      'import.started',
      'import.finished',
      'import.undo_started',
      'import.undone',
    ]);
    expectFailure(await undo(id), /^--id: An import can be undone within 24 hours/);
    expectFailure(await undo('no'), /^There is no import "no"\.$/);
    await cli.createTenant('canal');
    const other = await cli.run('import:undo', '--tenant', 'canal', '--id', id);
    expectFailure(other, /^There is no import /);
  });

  it('refuses values that an option does not have', async () => {
    const file = await write('ok2.csv', 'email\na@example.com\n');
    const refused = async (...options: string[]) => (await call(file, ...options)).err.split('\n')[0];
    expect(await refused('--encoding', 'ebcdic')).to.match(/^--encoding takes one of: utf-8, /);
    expect(await refused('--delimiter', '|')).to.equal('--delimiter takes one of: comma, semicolon, tab.');
    expect(await refused('--date-order', 'ydm')).to.equal('--date-order takes one of: ymd, dmy, mdy.');
    expect(await refused('--decimal-mark', ',')).to.equal('--decimal-mark takes one of: point, comma.');
    expect(await refused('--clear-empty', '--mode', 'create')).to.match(/^--clear-empty is for /);
  });

  it('refuses unknown kinds, modes, keys and files that are not CSV', async () => {
    const file = await write('ok.csv', 'email\na@example.com\n');
    expect((await call(file, '--mode', 'no')).err).to.include('--mode takes one of');
    expect((await call(file, '--key', 'no')).err).to.include('--key takes one of');
    expectFailure(await call(path.join(folder, 'missing.csv')), /cannot be read/);
    expectFailure(await call(await write('book.csv', 'PK\u0003\u0004xl')), /./);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Bench } from './support/bench.ts';
import { logInStaff, type Client } from './support/client.ts';
import { atMost, type JobResult } from './support/results.ts';

/** Read as UTF-8 and comma-separated, which the import dialog selects for a file with a byte order mark. */
const READ_CSV = 'CSV:44,34,76,1';
/** Stored values, not as cells show them. */
const WRITE_CSV = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false';

const ODD_NAMES = [
  '=1+1',
  '=HYPERLINK("http://example.com","Open")',
  '+1+1',
  '-1+1',
  '@SUM(A1)',
  `=cmd|' /C calc'!A0`,
  '"=1+1"',
  'Zoë "Q" Ørsted, Ltd',
  'محمد',
  '李小龍',
  "O'Brien; Ada",
];

const PAGES = ['/users?q=oddname&', '/invoices?', '/payments?', '/units?', '/rentals?'];

interface Compared {
  page: string;
  cells: number;
  different: number;
  formulas: number;
}

/** Opens exported files in LibreOffice, which must be installed, and compares its cells with the file. */
export async function spreadsheet(bench: Bench): Promise<JobResult> {
  const tenant = await bench.smallTenant();
  const portal = await bench.startPortal();
  const folder = mkdtempSync(path.join(tmpdir(), 'portico-spreadsheet-'));
  try {
    const staff = await logInStaff(bench, portal, tenant);
    for (const [n, last_name] of ODD_NAMES.entries())
      await addUser(staff, last_name, `oddname${n}@example.com`);
    const counts: Compared[] = [];
    for (const page of PAGES) counts.push(await compare(staff, page, folder));
    const total = (key: 'cells' | 'different' | 'formulas') =>
      counts.reduce((sum, each) => sum + each[key], 0);
    return {
      title: `${total('cells')} cells of exported files, opened in LibreOffice`,
      figures: (['different', 'formulas'] as const).map((name) => ({
        name: name === 'different' ? 'cells with another value' : 'cells that became formulas',
        unit: '',
        samples: [total(name)],
        goal: atMost(0, 0),
      })),
      columns: ['page', 'cells', 'with another value', 'formulas'],
      rows: counts.map(({ page, cells, different, formulas }) =>
        [page, cells, different, formulas].map((each) => String(each)),
      ),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await portal.stop();
  }
}

async function addUser(staff: Client, last_name: string, email: string): Promise<void> {
  await staff.post('/users', {
    ...(await staff.openForm('/users/new')),
    email,
    first_name: last_name,
    last_name,
  });
}

async function compare(staff: Client, page: string, folder: string): Promise<Compared> {
  const { status, text } = await staff.get(`${page}format=csv`);
  if (status !== 200 || !text.startsWith('\uFEFF')) throw new Error(`${page} returned no file`);
  const file = path.join(folder, 'exported.csv');
  writeFileSync(file, text);
  const opened = parseCsv(convert(file, WRITE_CSV, folder));
  const given = parseCsv(text);
  if (opened.length !== given.length)
    throw new Error(`${page} has ${given.length} rows, LibreOffice ${opened.length}`);
  const cells = given.flatMap((row, n) => row.map((value, m) => [value, opened[n]![m] ?? ''] as const));
  return {
    page,
    cells: cells.length,
    different: cells.filter(([value, shown]) => !isEqual(value, shown)).length,
    formulas: convert(file, 'fods', folder).split('table:formula=').length - 1,
  };
}

function convert(file: string, format: string, folder: string): string {
  const outDir = path.join(folder, 'opened');
  execFileSync(
    'soffice',
    ['--headless', `--infilter=${READ_CSV}`, '--convert-to', format, '--outdir', outDir, file],
    {
      stdio: 'ignore',
    },
  );
  return readFileSync(path.join(outDir, `exported.${format.split(':')[0]!}`), 'utf8');
}

/** A number may be shown without the zeros at its end. */
function isEqual(given: string, opened: string): boolean {
  return (
    given === opened || (/^-?\d+\.\d+$/.test(given) && opened !== '' && Number(given) === Number(opened))
  );
}

function parseCsv(text: string): string[][] {
  const cells = text.replace('\uFEFF', '').matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g);
  const rows: string[][] = [[]];
  for (const [whole, quoted, plain = '', end] of cells) {
    if (whole === '') break;
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end !== ',') rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}

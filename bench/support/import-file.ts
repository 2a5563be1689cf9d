import { createCompany, createCustomField, type TestTenant } from '../../test/support/factories.ts';
import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { detectFormat } from '../../src/domain/csv/detect-format.ts';
import { openFileStore } from '../../src/files/file-store.ts';
import type { Bench } from './bench.ts';

const FIELDS = [
  'text',
  'number',
  'date',
  'yes_no',
  'choice',
  'text',
  'phone',
  'text',
  'text',
  'text',
] as const;
const SEARCHABLE = 3;
const COMPANIES = 100;

const HEADER = [
  'email',
  'first_name',
  'last_name',
  'phone',
  'company_code',
  'add_roles',
  ...FIELDS.map((_, n) => `cf.field${n}`),
];

/** What the file refers to: companies, and ten custom fields, three of them searchable. */
export async function prepareImport(bench: Bench, tenant: TestTenant): Promise<void> {
  for (let n = 0; n < COMPANIES; n++) await createCompany(bench, tenant, { code: `W-${n}` });
  for (const [n, type] of FIELDS.entries())
    await createCustomField(bench, tenant, {
      code: `field${n}`,
      title: `Field ${n}`,
      type,
      is_searchable: n < SEARCHABLE,
      ...(type === 'choice' && { choices: ['Gold', 'Silver'] }),
    });
}

/** A file of new customers with ten custom fields, a company and a role. Returns the id of the import. */
export async function storeImport(
  bench: Bench,
  { id: tenantId }: TestTenant,
  requested_by: string,
  rows: number,
): Promise<string> {
  const files = openFileStore(bench.config.filesUrl);
  const [id, file_id] = [newId(), newId()];
  const byte_count = await files.put({ tenantId, id: file_id }, parts(rows));
  const detected = await detectFormat((start) => files.open({ tenantId, id: file_id }, { start }));
  if (!detected.ok) throw new Error(detected.errors[0]!.code);
  const { encoding, delimiter } = detected.format;
  await inTenant(bench.database, tenantId, async (db) => {
    await db.insertInto('files', { id: file_id, expires_at: null, byte_count });
    await db.insertInto('imports', {
      id,
      kind: 'users',
      mode: 'both',
      key: 'email',
      file_id,
      file_name: 'people.csv',
      byte_count: BigInt(byte_count),
      encoding,
      delimiter,
      header: HEADER,
      requested_by,
      mapping: JSON.stringify(HEADER),
      options: JSON.stringify({ date_order: 'ymd', has_decimal_comma: false }),
    });
  });
  return id;
}

async function* parts(rows: number): AsyncGenerator<string> {
  yield `${HEADER.join(',')}\n`;
  for (let n = 0; n < rows; n++) yield `${cellsOf(n).join(',')}\n`;
}

function cellsOf(n: number): (string | number)[] {
  const digits = String(n % 1_000_000).padStart(6, '0');
  const details = [
    `person.${n}@example.com`,
    `First${n % 977}`,
    `Last${n}`,
    `+44 20 7${digits.slice(0, 3)} ${digits.slice(2)}`,
  ];
  const member = [`W-${n % COMPANIES}`, 'View only'];
  const date = `${1950 + (n % 50)}-01-31`;
  const choice = n % 2 === 0 ? 'Gold' : 'Silver';
  const values = [
    `Locker ${n}`,
    n,
    date,
    n % 3 === 0 ? 'yes' : 'no',
    choice,
    `Note ${n}`,
    '+44 20 7946 0000',
    'A',
    'B',
    'C',
  ];
  return [...details, ...member, ...values];
}

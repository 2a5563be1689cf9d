import { pick, selectRow } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { addressColumns } from '../text/address.ts';
import { companyColumns, normaliseCode } from './company.ts';

// The first code is C-1001, so that codes have the same number of digits and sort as text.
const PREFIX = 'C-';
const NUMBER_OFFSET = 1000;

interface NewCompany {
  name: string;
  code: string | null;
  status: 'pending' | 'active';
  parent_id: string | null;
  address: string | null;
}

/** Returns undefined if another company has the given code. */
export async function insertCompany(
  db: TenantDb,
  company: NewCompany,
): Promise<{ id: string; code: string } | undefined> {
  if (company.code !== null) return insertWithCode(db, company, company.code);
  // A concurrent request may insert the generated code first.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const inserted = await insertWithCode(db, company, await nextCompanyCode(db));
    if (inserted) return inserted;
  }
  throw new Error('No free company code was found');
}

async function insertWithCode(
  db: TenantDb,
  { name, parent_id, address, status }: NewCompany,
  code: string,
): Promise<{ id: string; code: string } | undefined> {
  const inserted = await db
    .insertInto('companies', {
      id: newId(),
      status,
      parent_id,
      ...companyColumns({ code, name }),
      ...addressColumns(address),
    })
    .onConflict(['tenant_id', 'code_norm'])
    .ignore()
    .returning(['id', 'code']);
  return inserted[0];
}

/** Skips codes that users entered. Locks the counter until the commit. */
async function nextCompanyCode(db: TenantDb): Promise<string> {
  const next = await lockCounter(db, 'company');
  const { rows } = await db.raw<{ rows: { n: string }[] }>(
    `select free::text as n from generate_series(?::bigint, ?::bigint + 9999) free
     where not exists (select 1 from companies c where c.tenant_id = ? and c.code_norm = ? || (free + ?::int))
     order by free limit 1`,
    [String(next), String(next), db.tenantId, normaliseCode(PREFIX), NUMBER_OFFSET],
  );
  const [free] = rows;
  if (!free) throw new Error('Ten thousand company codes in a row are taken');
  const number = Number(free.n);
  const counter = db.from('counters').where({ kind: 'company' });
  db.defer(counter.update({ next: BigInt(number + 1) }));
  return `${PREFIX}${number + NUMBER_OFFSET}`;
}

export async function lockCounter(db: TenantDb, kind: string): Promise<bigint> {
  db.defer(db.insertInto('counters', { kind }).onConflict(['tenant_id', 'kind']).ignore());
  const counter = await selectRow(db.from('counters').where({ kind }).forUpdate(), pick('counters', 'next'));
  return counter!.next;
}

import type { TenantDb } from '../../database/tenant-db.ts';
import { lockCounter } from '../counter/lock-counter.ts';
import { normalCode } from './company.ts';

const FIRST = 1001;
const PREFIX = 'C-';

/**
 * The next code like C-1001 that no company has. The counter stays locked until the transaction ends, so no number is
 * given twice; numbers that people typed before are passed over.
 */
export async function nextCompanyCode(db: TenantDb): Promise<string> {
  const next = await lockCounter(db, 'company', FIRST);
  const { rows } = await db.raw(
    `select n from generate_series(?::bigint, ?::bigint + 9999) n
     where not exists (select 1 from companies c where c.tenant_id = ? and c.code_norm = ? || n)
     order by n limit 1`,
    [next, next, db.tenantId, normalCode(PREFIX)],
  );
  const number = (rows as { n: string }[])[0]?.n;
  if (number === undefined) throw new Error('Ten thousand company codes in a row are taken');
  await db
    .from('counters')
    .where({ kind: 'company' })
    .update({ next: db.raw('?::bigint + 1', [number]) });
  return `${PREFIX}${number}`;
}

import type { TenantDb } from '../../database/tenant-db.ts';
import { lockCounter } from './lock-counter.ts';
import { normalCode } from './company.ts';

// The first company is C-1001: four digits from the beginning, so that codes align and sort.
const PREFIX = 'C-';
const BEFORE_FIRST = 1000;

/**
 * The next code like C-1001 that no company has. The counter stays locked until the transaction ends, so no number is
 * given twice; numbers that people typed before are passed over.
 */
export async function nextCompanyCode(db: TenantDb): Promise<string> {
  const next = await lockCounter(db, 'company');
  const { rows } = await db.raw(
    `select free::text as n from generate_series(?::bigint, ?::bigint + 9999) free
     where not exists (select 1 from companies c where c.tenant_id = ? and c.code_norm = ? || (free + ?::int))
     order by free limit 1`,
    [next, next, db.tenantId, normalCode(PREFIX), BEFORE_FIRST],
  );
  const [free] = rows as { n: string }[];
  if (!free) throw new Error('Ten thousand company codes in a row are taken');
  const number = Number(free.n);
  await db
    .from('counters')
    .where({ kind: 'company' })
    .update({ next: number + 1 });
  return `${PREFIX}${number + BEFORE_FIRST}`;
}

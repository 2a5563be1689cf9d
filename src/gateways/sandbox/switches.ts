import { pick, selectRow } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

type Call = Row<'sandbox_switches'>['call'];
type Behaviour = Row<'sandbox_switches'>['behaviour'];

/** What `sandbox:next --do` takes. */
export const switchNames = ['delay', 'twice', 'out-of-order', '500-after-charging', 'never'] as const;

export function setSwitch(
  db: TenantDb,
  gatewayId: string,
  { call, behaviour, times }: { call: Call; behaviour: Behaviour; times: number },
) {
  const row = { id: newId(), gateway_id: gatewayId, call, behaviour, remaining: times };
  return db.insertInto('sandbox_switches', row);
}

export function setNamedSwitch(
  db: TenantDb,
  gatewayId: string,
  name: (typeof switchNames)[number],
  times: number,
) {
  return name === '500-after-charging'
    ? setSwitch(db, gatewayId, { call: 'confirm', behaviour: 'error', times })
    : setSwitch(db, gatewayId, { call: 'event', behaviour: name, times });
}

/** The oldest switch of the call, used once more. */
export async function takeSwitch(
  db: TenantDb,
  gatewayId: string,
  call: Call,
): Promise<Behaviour | undefined> {
  const switches = db
    .from('sandbox_switches')
    .where({ gateway_id: gatewayId, call })
    .where('remaining', '>', 0)
    .orderBy('id')
    .limit(1)
    .forUpdate();
  const next = await selectRow(switches, pick('sandbox_switches', 'id', 'behaviour', 'remaining'));
  if (!next) return undefined;
  await db
    .from('sandbox_switches')
    .where('id', next.id)
    .update({ remaining: next.remaining - 1 });
  return next.behaviour;
}

import { pick, selectRows } from '../database/columns.ts';
import { systemActor } from '../domain/actor.ts';
import { backfills } from '../tasks/backfills.ts';
import {
  cancelBackfill,
  countBackfills,
  queueBackfill,
  type BackfillCount,
} from '../tasks/queue-backfills.ts';
import { command, CommandFailed, getTenant, WrongUsage, withPlatform, type Call } from './command.ts';

const options = { name: { type: 'string' }, tenant: { type: 'string' } } as const;

export const backfill = command({
  options,
  allowedArguments: ['status', 'run', 'cancel'],
  run: (call) => {
    if (call.argument === 'run') return run(call);
    return call.argument === 'cancel' ? cancel(call) : status(call);
  },
});

async function run({ config, options: { name = '', tenant }, print }: Call<typeof options>): Promise<void> {
  if (!Object.hasOwn(backfills, name))
    throw new CommandFailed(`--name takes one of: ${Object.keys(backfills).join(', ')}.`);
  const queued = await withPlatform(config, async (db) => {
    const all = tenant
      ? [await getTenant(db, tenant)]
      : await selectRows(db.from('tenants').orderBy('id'), pick('tenants', 'id'));
    return queueBackfill(
      db,
      name,
      all.map(({ id }) => id),
    );
  });
  print({ name, queued }, [
    `Tenants queued: ${queued}. Tenants in which it was already queued are not counted.`,
    'The worker runs it. See: npm run portal -- backfill status',
  ]);
}

async function cancel({ config, options: { name, tenant }, print }: Call<typeof options>): Promise<void> {
  if (!name) throw new WrongUsage('Missing: --name.');
  const cancelled = await withPlatform(config, async (db) => {
    const tenantId = tenant && (await getTenant(db, tenant)).id;
    return cancelBackfill(db, systemActor('Command line'), name, tenantId);
  });
  print({ name, cancelled }, `Tasks cancelled: ${cancelled}. Completed work is kept.`);
}

async function status({ config, print }: Call<typeof options>): Promise<void> {
  const counts = await withPlatform(config, countBackfills);
  const lines = Object.keys(backfills).flatMap((name) => {
    const ofName = counts.filter((count) => count.name === name);
    return ofName.length > 0 ? ofName.map(formatCount) : `${name}: not run in the last 30 days`;
  });
  print(counts, lines);
}

function formatCount({ name, state, tenants, done, total }: BackfillCount): string {
  return `${name}: ${state} in ${tenants} tenants, ${done} of ${total ?? '?'} rows`;
}

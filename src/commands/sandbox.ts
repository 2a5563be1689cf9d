import type { Config } from '../config.ts';
import { asPlatform } from '../database/as-platform.ts';
import { inTenant } from '../database/in-tenant.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { findActiveGateway } from '../domain/gateway/gateway-queries.ts';
import { listCharges } from '../gateways/sandbox/charges.ts';
import { setNamedSwitch, switchNames } from '../gateways/sandbox/switches.ts';
import { toDecimal } from '../locales/currencies.ts';
import { command, CommandFailed, getTenant, withDatabase, WrongUsage } from './command.ts';

const MAX_TIMES = 1000;

export const sandboxNext = command({
  options: { tenant: { type: 'string' }, do: { type: 'string' }, times: { type: 'string' } },
  required: ['tenant', 'do'],
  run: async ({ config, options, print }) => {
    const name = switchNames.find((each) => each === options.do);
    if (!name) throw new WrongUsage(`--do is one of ${switchNames.join(', ')}.`);
    const times = Number(options.times ?? 1);
    if (!Number.isInteger(times) || times < 1 || times > MAX_TIMES)
      throw new WrongUsage(`--times is a number from 1 to ${MAX_TIMES}.`);
    await inSandbox(config, options.tenant!, (db, gatewayId) => setNamedSwitch(db, gatewayId, name, times));
    const subject = name === '500-after-charging' ? 'charge' : 'change';
    print({ tenant: options.tenant, do: name, times }, `${name}: the next ${subject}, ${times} times.`);
  },
});

export const sandboxCharges = command({
  options: { tenant: { type: 'string' } },
  required: ['tenant'],
  run: async ({ config, options, print }) => {
    const charges = await inSandbox(config, options.tenant!, listCharges);
    const json = charges.map(({ amount, refunded, chargedBack, currency, ...charge }) => ({
      ...charge,
      amount: toDecimal(amount, currency),
      refunded: toDecimal(refunded, currency),
      charged_back: toDecimal(chargedBack, currency),
      currency,
    }));
    const lines = json.map(
      ({ id, status, amount, currency, reference }) =>
        `${id} ${status.padEnd(15)} ${amount} ${currency} for ${reference}`,
    );
    print(json, lines.length > 0 ? lines : 'No charges.');
  },
});

function inSandbox<Result>(
  config: Config,
  slug: string,
  work: (db: TenantDb, gatewayId: string) => PromiseLike<Result>,
): Promise<Result> {
  if (config.production) throw new CommandFailed('There is no sandbox in production.');
  return withDatabase(config, async ({ database }) => {
    const { id, name } = await asPlatform(database, (db) => getTenant(db, slug));
    return inTenant(database, id, async (db) => {
      const gateway = await findActiveGateway(db);
      if (gateway?.service !== 'sandbox') throw new CommandFailed(`${name} does not use the sandbox.`);
      return work(db, gateway.id);
    });
  });
}

import { asPlatform } from '../database/as-platform.ts';
import { verifyLedger, type LedgerVerification } from '../domain/ledger/verify-ledger.ts';
import { listTenants } from '../domain/tenant/tenant-list.ts';
import { translator } from '../locales/translate.ts';
import { command, CommandFailed, getTenant, withDatabase } from './command.ts';

type Result = { slug: string } & LedgerVerification;

export const ledgerVerify = command({
  options: { tenant: { type: 'string' } },
  run: async ({ config, options: { tenant: slug }, print }) => {
    const results = await withDatabase(config, async ({ database }) => {
      const tenants = await asPlatform(
        database,
        async (db) => (slug === undefined ? listTenants(db) : [await getTenant(db, slug)]),
        { isLong: true },
      );
      const verified: Result[] = [];
      for (const tenant of tenants)
        verified.push({ slug: tenant.slug, ...(await verifyLedger(database, tenant.id)) });
      return verified;
    });
    print(results, results.map(resultLine));
    const wrong = results.filter(({ difference }) => difference !== null);
    if (wrong.length > 0)
      throw new CommandFailed(`The ledger of ${wrong.map((each) => each.slug).join(', ')} differs.`);
  },
});

function resultLine({ slug, accounts, difference }: Result): string {
  if (!difference) return `${slug}: ${countOfAccounts(accounts)}, every sum is right`;
  const { sum, id, stored, computed } = difference;
  return `${slug}: ${sum} of ${id} is ${stored} and should be ${computed}`;
}

const t = translator('en');
const countOfAccounts = (count: number) =>
  t({ one: '{count} account', other: '{count} accounts' }, { count });

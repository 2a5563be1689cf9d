import type { Config } from '../src/config.ts';
import { asPlatform, type PlatformDb } from '../src/database/as-platform.ts';
import { newId } from '../src/database/new-id.ts';
import type { Database } from '../src/database/pools.ts';
import { hashPassword } from '../src/domain/password/hash-password.ts';
import { createCalendar } from './demo/calendar.ts';
import { insertTenant } from './demo/insert-tenant.ts';
import { demoLogins } from './demo/logins.ts';
import { demoTenants } from './demo/tenants.ts';

export { demoLogins, type DemoLogin } from './demo/logins.ts';

/**
 * Fills an empty database with two tenants, their companies and a few hundred users in every state.
 *
 * @returns false, without any change, when a tenant exists
 * @throws in production, because the passwords of the demo are public
 */
export async function seedDemo(database: Database, config: Config, now = new Date()): Promise<boolean> {
  if (config.production)
    throw new Error('The demo tenants are refused in production: their passwords are public.');
  const [staff, customer] = await Promise.all([hashPasswordOf('operations'), hashPasswordOf('account')]);
  const calendar = createCalendar(now);
  return asPlatform(
    database,
    async (db) => {
      // A concurrent seed waits here and then finds the tenants.
      await db.raw('lock table tenants in share row exclusive mode');
      if (await db.from('tenants').first('id')) return false;
      const hashes = { staff, customer };
      for (const tenant of demoTenants) await insertTenant(db, tenant, { config, calendar, hashes });
      await insertOperator(db, staff);
      return true;
    },
    { isLong: true },
  );
}

function hashPasswordOf(portal: 'operations' | 'account'): Promise<string> {
  return hashPassword(demoLogins.find((login) => login.portal === portal)!.password);
}

async function insertOperator(db: PlatformDb, password_hash: string): Promise<void> {
  const { email } = demoLogins.find((login) => login.portal === 'platform')!;
  await db
    .from('platform_operators')
    .insert({ id: newId(), email, email_norm: email, password_hash })
    .onConflict('email_norm')
    .ignore();
}

import { demoLogins, seedDemo as seed } from '../../seeds/demo.ts';
import { command, CommandFailed } from './command.ts';
import { withDatabase } from './with-database.ts';

export const seedDemo = command({
  options: {},
  run: async ({ config, answer }) => {
    if (config.production)
      throw new CommandFailed('The demo tenants are refused in production: their passwords are public.');
    const seeded = await withDatabase(config, ({ database }) => seed(database, config));
    const logins = demoLogins.map(({ portal, tenant, email, password }) => ({
      portal,
      tenant,
      email,
      password,
    }));
    const lines = logins.map(
      ({ portal, tenant = '', email, password }) =>
        `${portal.padEnd(10)} ${tenant.padEnd(5)} ${email.padEnd(26)} ${password}`,
    );
    answer({ seeded, logins }, seeded ? lines : 'Nothing was done: the database has tenants already.');
  },
});

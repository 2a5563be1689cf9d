import type { Command } from './command.ts';

interface Entry {
  usage: string;
  does: string;
  /** Loaded when called: what one command needs must not slow the others down. */
  load: () => Promise<Command>;
}

/** Every command of `npm run portal -- …`. */
export const commands: Readonly<Record<string, Entry>> = {
  'tenant:create': {
    usage:
      '--slug S --name N --admin-email E [--admin-password-stdin] [--locale L] [--time-zone Z] [--currency C]',
    does: 'creates a tenant and its first Manager',
    load: async () => (await import('./tenant-create.ts')).tenantCreate,
  },
  'tenant:list': {
    usage: '[--search TEXT]',
    does: 'lists the tenants',
    load: async () => (await import('./tenant-list.ts')).tenantList,
  },
  'tenant:suspend': {
    usage: '--slug S',
    does: 'closes the portals of a tenant',
    load: async () => (await import('./tenant-status.ts')).tenantSuspend,
  },
  'tenant:resume': {
    usage: '--slug S',
    does: 'opens them again',
    load: async () => (await import('./tenant-status.ts')).tenantResume,
  },
  'operator:create': {
    usage: '--email E [--password-stdin]',
    does: 'creates an operator of the platform console',
    load: async () => (await import('./operator-create.ts')).operatorCreate,
  },
  'operator:reset-password': {
    usage: '--email E [--password-stdin]',
    does: 'gives an operator a new password and ends their sessions',
    load: async () => (await import('./operator-reset-password.ts')).operatorResetPassword,
  },
  'user:reset-link': {
    usage: '--tenant S --email E [--audience staff|customer]',
    does: 'prints a link with which a person chooses a new password',
    load: async () => (await import('./user-reset-link.ts')).userResetLink,
  },
  migrate: {
    usage: '[up|down|status] [--all]',
    does: 'brings the schema up to date, takes back one step (or all), or tells where it stands',
    load: async () => (await import('./migrate.ts')).migrate,
  },
  'seed:demo': {
    usage: '',
    does: 'fills an empty database with two demo tenants',
    load: async () => (await import('./seed-demo.ts')).seedDemo,
  },
  doctor: {
    usage: '',
    does: 'checks settings, database, mail and addresses, and tells how to mend what is wrong',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  'audit:verify': {
    usage: '[--tenant S]',
    does: 'checks the audit log against the hash chain over it',
    load: async () => (await import('./audit-verify.ts')).auditVerify,
  },
  'mail:test': {
    usage: '--to E',
    does: 'sends a test mail the way the portal sends',
    load: async () => (await import('./mail-test.ts')).mailTest,
  },
  'db:url': {
    usage: '[--as owner|app|platform]',
    does: "prints the database's connection URL, also of the embedded one",
    load: async () => (await import('./db-url.ts')).dbUrl,
  },
};

export function usageOf(name: string): string {
  return `Usage: npm run portal -- ${name} ${commands[name]!.usage} [--json]`.replace(/ {2,}/g, ' ');
}

export function usageOfAll(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { does }]) => `  ${name.padEnd(width)}  ${does}`);
  return ['Usage: npm run portal -- <command> [options] [--json]', ...lines].join('\n');
}

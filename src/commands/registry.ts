import type { Command } from './command.ts';

interface Entry {
  usage: string;
  summary: string;
  /** Imports on demand, so that a command does not load the modules of the others. */
  load: () => Promise<Command>;
}

const SETTINGS =
  '[--contact-email E] [--contact-phone P] [--reply-to E] [--address A] [--tax-number T] [--locale L] [--time-zone Z] ' +
  '[--currency C] [--vocabulary storage|b2b] [--password-min-length N] [--colour H]';

const IMPORT = [
  '[--mode create|update|both] [--key NAME] [--encoding E] [--delimiter comma|semicolon|tab]',
  '[--date-order ymd|dmy|mdy] [--decimal-mark point|comma] [--mapping F] [--saved-mapping N] [--save-mapping N]',
  '[--clear-empty] [--all-or-nothing] [--errors F] [--dry-run]',
].join(' ');

export const commands: Readonly<Record<string, Entry>> = {
  'tenant:create': {
    usage: `--slug S --name N --admin-email E [--admin-name N] [--admin-password-stdin] ${SETTINGS}`,
    summary: 'creates a tenant and its first Manager',
    load: async () => (await import('./tenant.ts')).tenantCreate,
  },
  'tenant:update': {
    usage: `--slug S [--name N] ${SETTINGS}`,
    summary: 'changes the business details and the colour of a tenant',
    load: async () => (await import('./tenant.ts')).tenantUpdate,
  },
  'tenant:list': {
    usage: '[--search TEXT]',
    summary: 'lists the tenants',
    load: async () => (await import('./tenant.ts')).tenantList,
  },
  'tenant:suspend': {
    usage: '--slug S',
    summary: 'closes the portals of a tenant',
    load: async () => (await import('./tenant.ts')).tenantSuspend,
  },
  'tenant:resume': {
    usage: '--slug S',
    summary: 'opens the portals of a suspended tenant again',
    load: async () => (await import('./tenant.ts')).tenantResume,
  },
  'billing:run': {
    usage: '--tenant S [--as-of YYYY-MM-DD] [--dry-run]',
    summary:
      'bills rentals, sends reminders and charges late fees up to a day, or prints what would be billed',
    load: async () => (await import('./billing-run.ts')).billingRun,
  },
  'billing:settings': {
    usage: '--tenant S [--set name=value …]',
    summary: 'prints the billing settings of a tenant, or changes some of them',
    load: async () => (await import('./billing-settings.ts')).billingSettings,
  },
  import: {
    usage: `--tenant S --kind users|companies|units|rentals|balances --file F ${IMPORT}`,
    summary: 'checks a CSV file and imports its good rows, and prints a line for each refused row',
    load: async () => (await import('./import.ts')).importFile,
  },
  'import:undo': {
    usage: '--tenant S --id I',
    summary: 'undoes an import within 24 hours, and prints a line for each row that stays',
    load: async () => (await import('./import-undo.ts')).importUndo,
  },
  'sandbox:next': {
    usage: '--tenant S --do delay|twice|out-of-order|500-after-charging|never [--times N]',
    summary: 'makes the next charges or webhooks of the sandbox go wrong',
    load: async () => (await import('./sandbox.ts')).sandboxNext,
  },
  'sandbox:charges': {
    usage: '--tenant S',
    summary: 'lists the charges of the sandbox',
    load: async () => (await import('./sandbox.ts')).sandboxCharges,
  },
  'operator:create': {
    usage: '--email E [--password-stdin]',
    summary: 'creates an operator of the platform console',
    load: async () => (await import('./operator.ts')).operatorCreate,
  },
  'operator:reset-password': {
    usage: '--email E [--password-stdin]',
    summary: 'sets a new password for an operator and revokes their sessions',
    load: async () => (await import('./operator.ts')).operatorResetPassword,
  },
  'user:reset-link': {
    usage: '--tenant S --email E [--audience staff|customer]',
    summary: 'prints a link with which a user sets a new password',
    load: async () => (await import('./user.ts')).userResetLink,
  },
  migrate: {
    usage: '[up|down|status|prepare] [--all]',
    summary: 'migrates up, down by one migration (or all), prints the status, or only prepares a new server',
    load: async () => (await import('./database.ts')).migrate,
  },
  backfill: {
    usage: '[status|run|cancel] [--name N] [--tenant S]',
    summary: 'derives stored columns of existing rows again, as background tasks',
    load: async () => (await import('./backfill.ts')).backfill,
  },
  'seed:demo': {
    usage: '',
    summary: 'seeds two demo tenants into an empty database',
    load: async () => (await import('./database.ts')).seedDemo,
  },
  doctor: {
    usage: '',
    summary: 'checks settings, database, mail and addresses, and prints how to fix what is wrong',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  'audit:verify': {
    usage: '[--tenant S] [--heads FILE]',
    summary: 'checks the audit log against its hash chain, its head and those printed earlier (--json)',
    load: async () => (await import('./audit.ts')).auditVerify,
  },
  'ledger:verify': {
    usage: '[--tenant S]',
    summary: 'computes every balance again and names the first that differs',
    load: async () => (await import('./ledger.ts')).ledgerVerify,
  },
  'mail:test': {
    usage: '--to E',
    summary: 'sends a test email with the settings of the portal',
    load: async () => (await import('./mail-test.ts')).mailTest,
  },
  'db:url': {
    usage: '[--as owner|app|platform]',
    summary: "prints the database's connection URL, also of the embedded one",
    load: async () => (await import('./database.ts')).dbUrl,
  },
};

export function commandUsage(name: string): string {
  return `Usage: npm run portal -- ${name} ${commands[name]!.usage} [--json]`.replace(/ {2,}/g, ' ');
}

export function generalUsage(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return ['Usage: npm run portal -- <command> [options] [--json]', ...lines].join('\n');
}

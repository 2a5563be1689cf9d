import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';

/** Everything the process reads from its environment: name, what it means, and how it is checked. */
export const settings = {
  PORT: { about: 'Port to listen on.', shown: '3000', schema: wholeNumber(0, 65_535) },
  HOST: { about: 'Address to listen on.', shown: '127.0.0.1', schema: z.string() },
  PORTAL_DOMAIN: {
    about: 'Customer portals are served at <tenant>.PORTAL_DOMAIN.',
    shown: 'portal.localhost:$PORT',
    schema: hostWithPort(),
  },
  OPERATIONS_DOMAIN: {
    about:
      'Operations portals are served at <tenant>.OPERATIONS_DOMAIN; the bare domain is the platform console.',
    shown: 'operations.localhost:$PORT',
    schema: hostWithPort(),
  },
  PUBLIC_SCHEME: {
    about: 'http or https, as visitors see it; links and Secure cookies follow it. Production: https.',
    shown: 'http',
    schema: z.enum(['http', 'https'], { error: 'must be http or https' }),
  },
  TRUST_PROXY: {
    about: 'Exact number of proxies in front, whose X-Forwarded-For is believed.',
    shown: '0',
    schema: wholeNumber(0, 9),
  },
  DATABASE_URL: {
    about: "The app role's connection. Empty: PostgreSQL 18 is started under DATA_DIR. Production needs one.",
    shown: '',
    schema: postgresUrl('app_rw').optional(),
  },
  DATABASE_OWNER_URL: {
    about: "The migrating role's connection (needed with DATABASE_URL).",
    shown: '',
    schema: postgresUrl().optional(),
  },
  DATABASE_PLATFORM_URL: {
    about: "The platform role's connection. Empty: DATABASE_URL with the role app_platform.",
    shown: '',
    schema: postgresUrl('app_platform').optional(),
  },
  DATA_DIR: { about: 'Embedded database, kept mails, generated keys.', shown: './data', schema: z.string() },
  SECRET_KEYS: {
    about:
      'Comma list of secrets of 32 characters or more; the first signs, all verify. Made once under DATA_DIR.',
    shown: '',
    schema: z
      .string()
      .transform((list) => list.split(',').map((key) => key.trim()))
      .refine((keys) => keys.every((key) => key.length >= 32), 'every key needs 32 characters or more')
      .optional(),
  },
  SMTP_URL: {
    about: 'smtp://user:pass@host:port. Empty: mails are kept for the dev inbox and not sent.',
    shown: '',
    schema: z
      .string()
      .regex(/^smtps?:\/\//, 'must begin with smtp:// or smtps://')
      .optional(),
  },
  SMTP_TLS: {
    about:
      'Encryption of mail connections: required, opportunistic (if the server offers STARTTLS) or none. smtps:// always encrypts. Production: required.',
    shown: 'opportunistic',
    schema: z.enum(['required', 'opportunistic', 'none'], {
      error: 'must be required, opportunistic or none',
    }),
  },
  MAIL_FROM_DOMAIN: {
    about: 'Domain of the sender and of Message-IDs. Empty: the host of PORTAL_DOMAIN.',
    shown: '',
    schema: z
      .string()
      .regex(/^[a-z0-9.-]+$/, 'must be a host name')
      .optional(),
  },
  RUN: {
    about: 'What this process is: web, worker, or both.',
    shown: 'web,worker',
    schema: z.string().regex(/^(web|worker|web,worker|worker,web)$/, 'must be web, worker or web,worker'),
  },
  WORKERS: {
    about: 'How many web processes are forked.',
    shown: '1',
    schema: wholeNumber(1, 64),
  },
  PREPARED_STATEMENTS: {
    about:
      '1 plans the statements of the hot paths once a connection; leave 0 behind a PgBouncer older than 1.21.',
    shown: '0',
    schema: z.enum(['0', '1'], { error: 'must be 0 or 1' }),
  },
  DEMO: {
    about: 'Seed the demo tenants on an empty database. Refused in production.',
    shown: '1',
    schema: z.enum(['0', '1'], { error: 'must be 0 or 1' }),
  },
} satisfies Record<string, { about: string; shown: string; schema: z.ZodType }>;

export interface Config {
  production: boolean;
  host: string;
  port: number;
  /** With the port where it is not the scheme's own: `portal.localhost:3000`. */
  portalDomain: string;
  operationsDomain: string;
  publicScheme: 'http' | 'https';
  trustProxy: number;
  databaseUrl: string | undefined;
  databaseOwnerUrl: string | undefined;
  databasePlatformUrl: string | undefined;
  /** Absolute. */
  dataDir: string;
  /** The first signs, all verify. */
  secretKeys: string[];
  smtpUrl: string | undefined;
  smtpTls: 'required' | 'opportunistic' | 'none';
  mailFromDomain: string;
  run: { web: boolean; worker: boolean };
  workers: number;
  preparedStatements: boolean;
  demo: boolean;
}

/** Every wrong setting at once, one line each. Exit code 78 (EX_CONFIG). */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`The settings are not right:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

type Environment = Record<string, string | undefined>;

/** `env`, and below it the .env file of the working folder, if there is one. */
export function withEnvFile(env: Environment, file = '.env'): Environment {
  return existsSync(file) ? { ...parseEnv(readFileSync(file, 'utf8')), ...env } : env;
}

/**
 * The settings of this process. An empty value counts as unset.
 *
 * @throws {ConfigError} naming each wrong setting and its mend
 */
export function readConfig(env: Environment): Config {
  const production = env['NODE_ENV'] === 'production';
  const problems: string[] = [];
  const read = <Name extends keyof typeof settings>(name: Name, fallback?: string) => {
    const text = env[name]?.trim() || fallback;
    if (text === undefined) return undefined;
    const parsed = settings[name].schema.safeParse(text);
    if (parsed.success) return parsed.data as z.infer<(typeof settings)[Name]['schema']>;
    problems.push(`${name} ${parsed.error.issues[0]?.message ?? 'is wrong'}`);
    return undefined;
  };

  const port = read('PORT', '3000') ?? 3000;
  const portalDomain = read('PORTAL_DOMAIN', production ? undefined : `portal.localhost:${port}`);
  const operationsDomain = read('OPERATIONS_DOMAIN', production ? undefined : `operations.localhost:${port}`);
  const run = read('RUN', 'web,worker') ?? 'web,worker';
  const dataDir = path.resolve(read('DATA_DIR', './data') ?? './data');
  const config = {
    production,
    port,
    host: read('HOST', '127.0.0.1') ?? '127.0.0.1',
    portalDomain: portalDomain ?? '',
    operationsDomain: operationsDomain ?? '',
    publicScheme: read('PUBLIC_SCHEME', production ? 'https' : 'http') ?? 'https',
    trustProxy: read('TRUST_PROXY', '0') ?? 0,
    databaseUrl: read('DATABASE_URL'),
    databaseOwnerUrl: read('DATABASE_OWNER_URL'),
    databasePlatformUrl: read('DATABASE_PLATFORM_URL'),
    dataDir,
    secretKeys: read('SECRET_KEYS') ?? [],
    smtpUrl: read('SMTP_URL'),
    smtpTls: read('SMTP_TLS', production ? 'required' : 'opportunistic') ?? 'required',
    mailFromDomain: read('MAIL_FROM_DOMAIN') ?? (portalDomain ?? '').replace(/:\d+$/, ''),
    run: { web: run.includes('web'), worker: run.includes('worker') },
    workers: read('WORKERS', '1') ?? 1,
    preparedStatements: read('PREPARED_STATEMENTS', '0') === '1',
    demo: read('DEMO', production ? '0' : '1') === '1',
  } satisfies Config;

  // What is written wrongly reads as absent here, and was complained about already.
  const named = new Set(problems.map(settingOf));
  problems.push(...wrongTogether(config).filter((problem) => !named.has(settingOf(problem))));
  if (problems.length > 0) throw new ConfigError(problems);
  if (config.secretKeys.length === 0) config.secretKeys = [generatedKey(dataDir)];
  return config;
}

/** A problem begins with the name of its setting. */
function settingOf(problem: string): string {
  return problem.split(' ')[0]!;
}

function wrongTogether(config: Config): string[] {
  const problems = config.production ? unsafeInProduction(config) : [];
  if (config.portalDomain && config.portalDomain === config.operationsDomain)
    problems.push('OPERATIONS_DOMAIN must differ from PORTAL_DOMAIN: they are separate origins');
  // Granted what it would lack, the web process could see every tenant.
  if (config.databaseOwnerUrl && config.databaseOwnerUrl === config.databaseUrl)
    problems.push('DATABASE_OWNER_URL must sign in as a role of its own, not as the app');
  if (config.databaseUrl && !config.databaseOwnerUrl && config.run.web)
    problems.push('DATABASE_OWNER_URL is missing: it migrates the database that DATABASE_URL names');
  return problems;
}

function unsafeInProduction(config: Config): string[] {
  const problems: string[] = [];
  const refuse = (wrong: boolean, line: string) => void (wrong && problems.push(line));
  refuse(!config.portalDomain, 'PORTAL_DOMAIN is missing: set the domain of the customer portals');
  refuse(!config.operationsDomain, 'OPERATIONS_DOMAIN is missing: set the domain of the operations portals');
  refuse(config.publicScheme !== 'https', 'PUBLIC_SCHEME must be https in production');
  refuse(!config.databaseUrl, 'DATABASE_URL is missing: the embedded PostgreSQL is for development');
  refuse(
    config.secretKeys.length === 0,
    'SECRET_KEYS is missing: set at least one, e.g. of `openssl rand -hex 32`',
  );
  refuse(!config.smtpUrl, 'SMTP_URL is missing: without it no mail leaves');
  refuse(config.demo, 'DEMO must be 0 in production: the demo logins are public');
  return problems;
}

function generatedKey(dataDir: string): string {
  const file = path.join(dataDir, 'secret-key');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true });
    try {
      writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
    } catch (error) {
      // Another process of the same folder was faster: its key is the key.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return readFileSync(file, 'utf8').trim();
}

function hostWithPort() {
  return z
    .string()
    .transform((host) => host.toLowerCase())
    .pipe(
      z
        .string()
        .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/, 'must be a host name, with :port if any'),
    );
}

function wholeNumber(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.coerce.number({ error }).int({ error }).min(least, { error }).max(most, { error });
}

/** The policies of the tables name the roles: any other would see no row, or every tenant's. */
function postgresUrl(role?: string) {
  return z
    .string()
    .refine((url) => /^postgres(ql)?:\/\//.test(url) && URL.canParse(url), {
      error: 'must be like postgres://role:password@host:5432/database',
      abort: true,
    })
    .refine((url) => !role || new URL(url).username === role, `must sign in as the role ${role}`);
}

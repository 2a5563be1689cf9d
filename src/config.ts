import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';
import * as z from 'zod';
import { settings } from './settings.ts';

type Schemas = { [Name in keyof typeof settings]: (typeof settings)[Name]['schema'] };
const environment = z.object(
  Object.fromEntries(Object.entries(settings).map(([name, { schema }]) => [name, schema])) as Schemas,
);
type Settings = z.infer<typeof environment>;

export interface Config {
  production: boolean;
  host: string;
  port: number;
  /** Includes the port unless it is the default one of the scheme: `portal.localhost:3000`. */
  portalDomain: string;
  operationsDomain: string;
  publicScheme: 'http' | 'https';
  trustProxy: number;
  keepAliveSeconds: number;
  shutdownDelaySeconds: number;
  databaseUrl: string | undefined;
  databaseOwnerUrl: string | undefined;
  databasePlatformUrl: string | undefined;
  databaseEngine: 'postgres' | 'citus';
  /** Connections of the app role per process. */
  databasePool: number;
  migrateOnStart: boolean;
  /** An absolute path. */
  dataDir: string;
  /** A file URL. */
  filesUrl: string;
  /** The first key signs, all keys verify. */
  secretKeys: string[];
  smtpUrl: string | undefined;
  smtpTls: 'required' | 'opportunistic' | 'none';
  mailFromDomain: string;
  run: { web: boolean; worker: boolean };
  workers: number;
  preparedStatements: boolean;
  demo: boolean;
  /** Of a local fake. */
  stripeApiUrl: string | undefined;
  /** From the time of the database to the time of PORTAL_CLOCK. */
  clockOffsetMs: number;
}

/** Lists every invalid setting; the process exits with 78 (EX_CONFIG). */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`The settings are not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Another word, like `prod`, would start a production server with the demo logins of development. */
const MODES = ['production', 'development', 'test'];

type Environment = Record<string, string | undefined>;

/** Variables of `env` override those of the file. */
export function withEnvFile(env: Environment, file = '.env'): Environment {
  return existsSync(file) ? { ...parseEnv(readFileSync(file, 'utf8')), ...env } : env;
}

/** An empty value counts as unset. @throws {ConfigError} with each invalid setting and how to correct it */
export function readConfig(env: Environment): Config {
  const { values, problems } = parseSettings(env);
  const mode = env['NODE_ENV']?.trim() || 'development';
  if (!MODES.includes(mode)) problems.push(`NODE_ENV must be ${MODES.join(', ')} or empty`);
  const config = toConfig(values, mode === 'production');
  // Settings with an invalid value are undefined in `values`; they have been reported already.
  const reported = new Set(problems.map(settingOf));
  problems.push(...inconsistencies(config).filter((problem) => !reported.has(settingOf(problem))));
  if (problems.length > 0) throw new ConfigError(problems);
  if (config.secretKeys.length === 0) config.secretKeys = [readOrCreateKey(config.dataDir)];
  return config;
}

function parseSettings(env: Environment): { values: Settings; problems: string[] } {
  const trimmed = Object.entries(env).map(([name, text]) => [name, text?.trim() || undefined]);
  const given = Object.fromEntries(trimmed) as Environment;
  const parsed = environment.safeParse(given);
  if (parsed.success) return { values: parsed.data, problems: [] };
  const invalid = Object.entries(z.flattenError(parsed.error).fieldErrors);
  return {
    values: environment.parse({
      ...given,
      ...Object.fromEntries(invalid.map(([name]) => [name, undefined])),
    }),
    problems: invalid.map(([name, messages]) => `${name} ${messages[0]}`),
  };
}

function toConfig(values: Settings, production: boolean): Config {
  const { PORT: port } = values;
  const publicScheme = values.PUBLIC_SCHEME ?? (production ? 'https' : 'http');
  // Browsers omit the default port of the scheme in the Host header.
  const domain = (given: string | undefined, label: string) =>
    given?.replace(publicScheme === 'https' ? /:443$/ : /:80$/, '') ??
    (production ? '' : `${label}.localhost:${port}`);
  const portalDomain = domain(values.PORTAL_DOMAIN, 'portal');
  return {
    production,
    port,
    host: values.HOST,
    portalDomain,
    operationsDomain: domain(values.OPERATIONS_DOMAIN, 'operations'),
    publicScheme,
    trustProxy: values.TRUST_PROXY,
    keepAliveSeconds: values.KEEP_ALIVE_S,
    shutdownDelaySeconds: values.SHUTDOWN_DELAY_S ?? (production ? 5 : 0),
    databaseUrl: values.DATABASE_URL,
    databaseOwnerUrl: values.DATABASE_OWNER_URL,
    databasePlatformUrl: values.DATABASE_PLATFORM_URL,
    databaseEngine: values.DATABASE_ENGINE,
    databasePool: values.DATABASE_POOL,
    migrateOnStart: (values.MIGRATE_ON_START ?? (production ? '0' : '1')) === '1',
    dataDir: path.resolve(values.DATA_DIR),
    filesUrl: values.FILES_URL ?? pathToFileURL(path.resolve(values.DATA_DIR, 'files')).href,
    secretKeys: values.SECRET_KEYS ?? [],
    smtpUrl: values.SMTP_URL,
    smtpTls: values.SMTP_TLS ?? (production ? 'required' : 'opportunistic'),
    mailFromDomain: values.MAIL_FROM_DOMAIN ?? withoutPort(portalDomain),
    run: { web: values.RUN.includes('web'), worker: values.RUN.includes('worker') },
    workers: values.WORKERS,
    preparedStatements: values.PREPARED_STATEMENTS === '1',
    stripeApiUrl: values.STRIPE_API_URL,
    clockOffsetMs: values.PORTAL_CLOCK,
    demo: (values.DEMO ?? (production ? '0' : '1')) === '1',
  };
}

function withoutPort(domain: string): string {
  return domain.replace(/:\d+$/, '');
}

function isSameOrInside(one: string, other: string): boolean {
  if (!one || !other) return false;
  const [a, b] = [`.${withoutPort(one)}`, `.${withoutPort(other)}`];
  return a.endsWith(b) || b.endsWith(a);
}

/** A problem begins with the name of its setting. */
function settingOf(problem: string): string {
  return problem.split(' ')[0]!;
}

function inconsistencies(config: Config): string[] {
  const problems = config.production ? unsafeInProduction(config) : [];
  // A cookie is sent to every port of a host, and a tenant's address must not be one of the other portal.
  if (isSameOrInside(config.portalDomain, config.operationsDomain))
    problems.push(
      'OPERATIONS_DOMAIN must be another host than PORTAL_DOMAIN, and neither may be a subdomain of the other',
    );
  // As the owner, the web process would bypass row level security.
  if (config.databaseOwnerUrl && config.databaseOwnerUrl === config.databaseUrl)
    problems.push('DATABASE_OWNER_URL must log in with its own role, not as the app');
  if (config.databaseEngine === 'citus' && !config.databaseUrl)
    problems.push('DATABASE_ENGINE citus needs DATABASE_URL: the embedded PostgreSQL has no Citus');
  if (config.databaseUrl && !config.databaseOwnerUrl && config.run.web && config.migrateOnStart)
    problems.push(
      'DATABASE_OWNER_URL is missing: it migrates the database that DATABASE_URL names, unless MIGRATE_ON_START is 0',
    );
  return problems;
}

function unsafeInProduction(config: Config): string[] {
  const problems: string[] = [];
  const check = (isUnsafe: boolean, problem: string) => void (isUnsafe && problems.push(problem));
  check(!config.portalDomain, 'PORTAL_DOMAIN is missing: set the domain of the customer portals');
  check(!config.operationsDomain, 'OPERATIONS_DOMAIN is missing: set the domain of the operations portals');
  check(config.publicScheme !== 'https', 'PUBLIC_SCHEME must be https in production');
  check(!config.databaseUrl, 'DATABASE_URL is missing: the embedded PostgreSQL is for development');
  check(
    config.secretKeys.length === 0,
    'SECRET_KEYS is missing: set at least one, e.g. of `openssl rand -hex 32`',
  );
  check(!config.smtpUrl, 'SMTP_URL is missing: without it no email can be sent');
  check(config.clockOffsetMs !== 0, 'PORTAL_CLOCK is for rehearsals: remove it in production');
  check(!!config.stripeApiUrl, 'STRIPE_API_URL is for a local fake: remove it in production');
  check(config.demo, 'DEMO must be 0 in production: the demo logins are public');
  return problems;
}

/** @throws {ConfigError} when the folder cannot be used */
function readOrCreateKey(dataDir: string): string {
  const file = path.join(dataDir, 'secret-key');
  if (!existsSync(file)) {
    try {
      mkdirSync(dataDir, { recursive: true });
      accessSync(dataDir, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new ConfigError([
        `DATA_DIR must be a folder that this account can use: ${(error as Error).message}`,
      ]);
    }
    try {
      writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
    } catch (error) {
      // Another process has created the file meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return readFileSync(file, 'utf8').trim();
}

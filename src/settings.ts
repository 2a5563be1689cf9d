import { isIP } from 'node:net';
import * as z from 'zod';

const MIN_DIFFERENT_CHARACTERS = 8;
const PERCENT_ENCODED = 'with special characters of the password percent-encoded';

/** All environment variables of the process. `shown` is the value in .env.example. */
export const settings = {
  PORT: { about: 'Port to listen on.', shown: '3000', schema: wholeNumber(0, 65_535).default(3000) },
  HOST: {
    about: 'Address to listen on.',
    shown: '127.0.0.1',
    schema: z
      .string()
      .refine(
        (host) => isIP(host) !== 0 || isHostName(host.toLowerCase()),
        'must be an IP address or a host name',
      )
      .default('127.0.0.1'),
  },
  PORTAL_DOMAIN: {
    about: 'Customer portals are served at <tenant>.PORTAL_DOMAIN.',
    shown: 'portal.localhost:$PORT',
    schema: hostWithPort().optional(),
  },
  OPERATIONS_DOMAIN: {
    about:
      'Operations portals are served at <tenant>.OPERATIONS_DOMAIN; the bare domain is the platform console.',
    shown: 'operations.localhost:$PORT',
    schema: hostWithPort().optional(),
  },
  PUBLIC_SCHEME: {
    about: 'http or https, as visitors see it; links and Secure cookies follow it. Production: https.',
    shown: 'http',
    schema: z.enum(['http', 'https'], { error: 'must be http or https' }).optional(),
  },
  TRUST_PROXY: {
    about: 'Exact number of proxies in front, whose X-Forwarded-For is trusted.',
    shown: '0',
    schema: wholeNumber(0, 9).default(0),
  },
  KEEP_ALIVE_S: {
    about: 'Seconds until an idle connection is closed. Set a longer time than the proxy in front.',
    shown: '75',
    schema: wholeNumber(1, 3600).default(75),
  },
  SHUTDOWN_DELAY_S: {
    about:
      'Seconds that /readyz returns 503 after SIGTERM while requests are still served, before the port closes. Production: 5.',
    shown: '0',
    schema: wholeNumber(0, 300).optional(),
  },
  DATABASE_URL: {
    about: "The app role's connection. Empty: PostgreSQL 18 is started under DATA_DIR. Production needs one.",
    shown: '',
    schema: postgresUrl('app_rw').optional(),
  },
  DATABASE_OWNER_URL: {
    about:
      "The owner role's connection, for migrations. Needed by processes that migrate when DATABASE_URL is set.",
    shown: '',
    schema: postgresUrl().optional(),
  },
  DATABASE_PLATFORM_URL: {
    about: "The platform role's connection. Empty: DATABASE_URL with the role app_platform.",
    shown: '',
    schema: postgresUrl('app_platform').optional(),
  },
  DATABASE_ENGINE: {
    about:
      'postgres, or citus: a cluster whose coordinator DATABASE_URL names, with tables distributed by tenant (docs/scaling.md).',
    shown: 'postgres',
    schema: z.enum(['postgres', 'citus'], { error: 'must be postgres or citus' }).default('postgres'),
  },
  DATABASE_POOL: {
    about:
      'Connections to DATABASE_URL per process; a third as many (at least 2) are added for DATABASE_PLATFORM_URL.',
    shown: '10',
    schema: wholeNumber(2, 1000).default(10),
  },
  MIGRATE_ON_START: {
    about:
      '1 migrates at the start; with 0 the start waits until `migrate up` has run. Production: 0 unless set.',
    shown: '1',
    schema: z.enum(['0', '1'], { error: 'must be 0 or 1' }).optional(),
  },
  DATA_DIR: {
    about: 'Folder of the embedded database, kept emails and generated keys.',
    shown: './data',
    schema: z.string().default('./data'),
  },
  FILES_URL: {
    about:
      'A file: URL, such as file:///var/lib/portico/files: the folder of stored files, which all web processes and workers share. Empty: files under DATA_DIR.',
    shown: '',
    schema: z
      .string()
      .refine(isFolderUrl, 'must be a file: URL like file:///var/lib/portico/files')
      .optional(),
  },
  SECRET_KEYS: {
    about:
      'Comma list of secrets of 32 characters or more; the first signs, all verify. Generated once under DATA_DIR.',
    shown: '',
    schema: z
      .string()
      .transform((list) => list.split(',').map((key) => key.trim()))
      .refine((keys) => keys.every((key) => key.length >= 32), {
        error: 'every key needs 32 characters or more',
        abort: true,
      })
      .refine(
        (keys) => keys.every(isUnpredictable),
        'must be random: use `openssl rand -hex 32` for every key, no repeated characters or words',
      )
      .optional(),
  },
  SMTP_URL: {
    about: 'smtp://user:pass@host:port. Empty: emails are kept for the dev inbox and not sent.',
    shown: '',
    schema: z
      .string()
      .regex(/^smtps?:\/\//, { error: 'must begin with smtp:// or smtps://', abort: true })
      .refine(isSmtpUrl, `must be like smtp://user:password@host:587, ${PERCENT_ENCODED}`)
      .optional(),
  },
  SMTP_TLS: {
    about:
      'Encryption of connections to the mail server: required, opportunistic (if the server offers STARTTLS) or none. smtps:// always encrypts. Production: required.',
    shown: 'opportunistic',
    schema: z
      .enum(['required', 'opportunistic', 'none'], { error: 'must be required, opportunistic or none' })
      .optional(),
  },
  MAIL_FROM_DOMAIN: {
    about: 'Domain of the sender and of Message-IDs. Empty: the host of PORTAL_DOMAIN.',
    shown: '',
    schema: z
      .string()
      .transform((host) => host.toLowerCase())
      .refine(isHostName, 'must be a host name')
      .optional(),
  },
  RUN: {
    about: 'What this process is: web, worker, or both.',
    shown: 'web,worker',
    schema: z
      .string()
      .regex(/^(web|worker|web,worker|worker,web)$/, 'must be web, worker or web,worker')
      .default('web,worker'),
  },
  WORKERS: {
    about: 'How many web processes are forked.',
    shown: '1',
    schema: wholeNumber(1, 64).default(1),
  },
  PREPARED_STATEMENTS: {
    about:
      '1 plans a statement without optional filters once per connection; set 0 behind a PgBouncer older than 1.21 in transaction mode.',
    shown: '1',
    schema: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('1'),
  },
  STRIPE_API_URL: {
    about:
      "Base address of Stripe's API, such as http://127.0.0.1:4242, for a local fake. Empty: Stripe's. Refused in production.",
    shown: '',
    schema: z.string().refine(isHttpOrigin, 'must be like http://127.0.0.1:4242, without a path').optional(),
  },
  PORTAL_CLOCK: {
    about:
      'For rehearsals, an instant like 2027-01-31T08:00:00Z: from the start, business dates, reminders and links follow a clock that began there. Refused in production.',
    shown: '',
    schema: clockOffset().default(0),
  },
  DEMO: {
    about: 'Seed the demo tenants on an empty database. Refused in production.',
    shown: '1',
    schema: z.enum(['0', '1'], { error: 'must be 0 or 1' }).optional(),
  },
} satisfies Record<string, { about: string; shown: string; schema: z.ZodType }>;

/** Milliseconds from the time of the start to the instant. The forks of a process are given its offset, like `3600000ms`. */
function clockOffset() {
  return z.string().transform((text, context) => {
    const offset = /^(-?\d{1,15})ms$/.exec(text);
    if (offset) return Number(offset[1]);
    const instant = z.iso.datetime({ offset: true }).safeParse(text);
    if (instant.success) return Date.parse(text) - Date.now();
    context.addIssue({ code: 'custom', message: 'must be an instant like 2027-01-31T08:00:00Z' });
    return z.NEVER;
  });
}

function hostWithPort() {
  return z
    .string()
    .transform((host) => host.toLowerCase())
    .refine((host) => {
      const [name = '', port, ...rest] = host.split(':');
      return isHostName(name) && (port === undefined || isPort(port)) && rest.length === 0;
    }, 'must be a host name, with :port if any');
}

/** Not an IP address, which has no subdomains. */
function isHostName(text: string): boolean {
  const isLabel = (label: string) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label);
  return text.length <= 253 && isIP(text) === 0 && text.split('.').every(isLabel);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string({ error })
    .regex(/^\d+$/, { error, abort: true })
    .transform(Number)
    .pipe(z.number().min(min, { error }).max(max, { error }));
}

/** Refuses equal characters, few different ones, and a text that is repeated. */
function isUnpredictable(key: string): boolean {
  const isRepeated = Array.from({ length: Math.floor(key.length / 2) }, (_, index) => index + 1).some(
    (length) => key.slice(length) === key.slice(0, -length),
  );
  return new Set(key).size >= MIN_DIFFERENT_CHARACTERS && !isRepeated;
}

function isHttpOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, '');
}

/** Without a host, because `fileURLToPath` refuses one. */
function isFolderUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, host, pathname, search, hash } = new URL(text);
  return (
    protocol === 'file:' &&
    host === '' &&
    pathname !== '/' &&
    search === '' &&
    hash === '' &&
    isDecodable(text)
  );
}

function isSmtpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname, port, pathname, hash } = new URL(text);
  // A password with an unencoded / or # ends the host there: the URL is valid and names another host.
  const isWhole = (pathname === '' || pathname === '/') && hash === '';
  return hostname !== '' && port !== '0' && isWhole && isDecodable(text);
}

function isPostgresUrl(text: string): boolean {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { port, pathname, hash } = new URL(text);
  return port !== '0' && /^\/[^/]+$/.test(pathname) && hash === '' && isDecodable(text);
}

/** User name, password and path are percent-decoded when a connection is opened. */
function isDecodable(text: string): boolean {
  const { username, password, pathname } = new URL(text);
  try {
    [username, password, pathname].map(decodeURIComponent);
    return true;
  } catch {
    return false;
  }
}

/** The row level security policies apply to fixed role names. */
function postgresUrl(role?: string) {
  return z
    .string()
    .refine(isPostgresUrl, {
      error: `must be like postgres://role:password@host:5432/database, ${PERCENT_ENCODED}`,
      abort: true,
    })
    .refine((url) => !role || new URL(url).username === role, `must log in as the role ${role}`);
}

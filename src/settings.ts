import * as z from 'zod';

/** All environment variables of the process. `shown` is the value in .env.example. */
export const settings = {
  PORT: { about: 'Port to listen on.', shown: '3000', schema: wholeNumber(0, 65_535).default(3000) },
  HOST: { about: 'Address to listen on.', shown: '127.0.0.1', schema: z.string().default('127.0.0.1') },
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
    about: 'Exact number of proxies in front, whose X-Forwarded-For is believed.',
    shown: '0',
    schema: wholeNumber(0, 9).default(0),
  },
  DATABASE_URL: {
    about: "The app role's connection. Empty: PostgreSQL 18 is started under DATA_DIR. Production needs one.",
    shown: '',
    schema: postgresUrl('app_rw').optional(),
  },
  DATABASE_OWNER_URL: {
    about: "The migrating role's connection (needed with DATABASE_URL by what migrates).",
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
    about: 'Embedded database, kept mails, generated keys.',
    shown: './data',
    schema: z.string().default('./data'),
  },
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
    schema: z
      .enum(['required', 'opportunistic', 'none'], { error: 'must be required, opportunistic or none' })
      .optional(),
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
    .pipe(
      z
        .string()
        .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/, 'must be a host name, with :port if any'),
    );
}

function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

/** The row level security policies apply to fixed role names. */
function postgresUrl(role?: string) {
  return z
    .string()
    .refine((url) => /^postgres(ql)?:\/\//.test(url) && URL.canParse(url), {
      error: 'must be like postgres://role:password@host:5432/database',
      abort: true,
    })
    .refine((url) => !role || new URL(url).username === role, `must sign in as the role ${role}`);
}

import pg from 'pg';
import { COMPANY_VALUES, createCustomFields, indexCustomFields, USER_VALUES } from './fill-custom-fields.ts';
import { fillLabels } from './fill-labels.ts';
import { fillRentals } from './fill-rentals.ts';
import { idOf, oneOf, randomOf, timeOf } from './generated-rows.ts';

/** The part of the period at which an import starts. */
export type ImportTime = 0 | 0.5 | 1;

export interface LargeTenantSize {
  users: number;
  companies: number;
  emails: number;
  events: number;
  /** Over which the rows are spread, up to now. */
  months: number;
  /** Of persons; without it the tenant has no sites, units and invoices. */
  rentals?: number;
  /** Gives the users and companies values of custom fields. */
  hasCustomFields?: boolean;
  /** Gives users, companies and rentals labels. */
  hasLabels?: boolean;
  /** By default true. */
  isVacuumed?: boolean;
  /** When 98 % of the rows are created within two hours; by default all rows are spread evenly. */
  imported?: ImportTime | undefined;
}

export const LARGE_TENANT: LargeTenantSize = {
  users: 1_000_000,
  companies: 100_000,
  emails: 1_000_000,
  events: 2_000_000,
  months: 13,
  rentals: 100_000,
  hasCustomFields: true,
  hasLabels: true,
};

/** Staff named "Person Number 1" and so on, who are the actors of four tenths of the events. */
const STAFF = 30;

/**
 * Fills an existing tenant with the same rows for the same sizes, except of times. `databaseUrl` is that of a
 * superuser. No disabled user is invited, so that some pairs of filters find nothing.
 */
export async function fillLargeTenant(
  databaseUrl: string,
  tenantId: string,
  size: LargeTenantSize = LARGE_TENANT,
): Promise<void> {
  // Without the limit of silence of the portal's connections, because a statement takes minutes.
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of SETTINGS) await client.query(statement);
    await client.query(CREATE_PARTITIONS(size.months));
    await client.query(CREATE_TIME_PART(size));
    const { rows } = await client.query<{ start: Date; end: Date }>(
      `select now() - make_interval(months => $1) as start, now() as end`,
      [size.months],
    );
    const period = [tenantId, rows[0]!.start, rows[0]!.end] as const;
    const { hasCustomFields = false } = size;
    if (hasCustomFields) await createCustomFields(client, tenantId);
    await client.query(INSERT_COMPANIES, [...period, size.companies, LAST_NAMES, TRADES, hasCustomFields]);
    await client.query(INSERT_STAFF, [...period, STAFF]);
    await client.query(INSERT_USERS, [...period, size.users, FIRST_NAMES, LAST_NAMES, hasCustomFields]);
    await client.query(INSERT_MEMBERSHIPS, [...period, size.users, size.companies]);
    await client.query(INSERT_EMAILS, [...period, size.emails, size.users]);
    await client.query(INSERT_EVENTS, [...period, size.events, size.users, EVENTS, STAFF]);
    if (hasCustomFields) await indexCustomFields(client, tenantId);
    if (size.rentals) await fillRentals(client, period, { ...size, rentals: size.rentals });
    if (size.hasLabels) await fillLabels(client, tenantId);
    // Updates the statistics and visibility maps, as autovacuum does later.
    if (size.isVacuumed ?? true) await client.query('vacuum (analyze)');
  } finally {
    await client.end();
  }
}

const SETTINGS = [
  'set search_path = app',
  'set synchronous_commit = off',
  // Without checking foreign keys row by row.
  'set session_replication_role = replica',
  `set work_mem = '256MB'`,
  `set maintenance_work_mem = '256MB'`,
  `set gin_pending_list_limit = '256MB'`,
];

const CREATE_PARTITIONS = (months: number) => `
  do $body$
  declare
    month timestamp;
  begin
    for month in
      select generate_series(date_trunc('month', now() at time zone 'UTC') - make_interval(months => ${months}),
        now() at time zone 'UTC', interval '1 month')
    loop
      execute format('create table if not exists app.%I partition of app.audit_events for values from (%L) to (%L)',
        'audit_events_' || to_char(month, 'YYYYMM'), month at time zone 'UTC',
        (month + interval '1 month') at time zone 'UTC');
    end loop;
  end $body$`;

const IMPORTED = 0.98;

/** The part of the period at which a row is created, from its part of all rows. */
export function timePart(
  row: string,
  { months, imported }: Pick<LargeTenantSize, 'months' | 'imported'>,
): string {
  if (imported === undefined) return row;
  const length = 2 / (months * 30.4 * 24);
  const start = imported * (1 - length);
  const rowsBefore = (1 - IMPORTED) * imported;
  return `case when ${row} < ${rowsBefore} then ${row} / ${rowsBefore || 1} * ${start}
    when ${row} < ${rowsBefore + IMPORTED} then ${start} + (${row} - ${rowsBefore}) / ${IMPORTED} * ${length}
    else ${start + length} + (${row} - ${rowsBefore + IMPORTED}) / ${(1 - IMPORTED) * (1 - imported) || 1} * ${1 - start - length} end`;
}

const CREATE_TIME_PART = (size: LargeTenantSize) => `
  create function pg_temp.time_part(row_part numeric) returns numeric
  language sql immutable return ${timePart('row_part', size)}`;

const words = (text: string) => text.trim().split(/\s+/);
const FIRST_NAMES = words(`
  Ada Ahmed Aisha Ana Bilal Chloe Daniel Dmitri Elena Emma Esra Farah Fatima Goran Hana Ines Ivan James Jonas Julia
  Karim Laura Leila Lucas Maria Mary Mei Mohamed Nadia Noah Olga Omar Paul Priya Rosa Samir Sofia Tom Vera Yusuf Zoe`);
const STEMS = words(`
  Ander Berg Castil Duv Erik Fontan Grant Haddad Ito Jans Kowal Lind Mart Novak Okaf Peters Quint Ros Silva Tanak
  Urb Vog Walk`);
const ENDINGS = ['', 'a', 'er', 'ez', 'ini', 'ov', 'ski', 'son'];
const LAST_NAMES = [...STEMS.flatMap((stem) => ENDINGS.map((ending) => stem + ending)), 'Smith'];
const TRADES = words('Bakery Builders Clinic Farms Foods Garage Hotel Logistics Press Tools');

const EVENTS = [
  'user.logged_in',
  'email.queued',
  'user.logged_in',
  'user.updated',
  'user.logged_in',
  'user.created',
];

const INSERT_COMPANIES = `
  insert into companies (tenant_id, id, code, code_norm, name, name_norm, search_text, custom, created_at)
  select $1::uuid, ${idOf('company', 'n', '$4')}, 'C-' || n, 'c-' || n, name, lower(name), ' ' || lower(name) || ' c c' || n || ' ' || replace(lower(name), ' ', ''),
    case when $7::bool then ${COMPANY_VALUES} else '{}' end, ${timeOf('n', '$4')}
  from (select n, ${oneOf('$5', 'n', 1)} || ' ' || ${oneOf('$6', 'n', 2)} || ' ' || n as name
    from generate_series(1, $4::bigint) n) as named`;

const INSERT_STAFF = `
  insert into users (tenant_id, id, audience, access, email, email_norm, email_order, email_verified_at, name, name_norm, search_text, created_at)
  select $1::uuid, ${idOf('staff', 'n', '$4')}, 'staff', 'active', email, email, email, now(), 'Person Number ' || n, 'person number ' || n,
    ' person number ' || n || ' ' || email || ' personnumber' || n, ${timeOf('n', '$4')}
  from (select n, 'person.number' || n || '@staff.example.com' as email from generate_series(1, $4::bigint) n) as named`;

/** The words of `searchText()`. Half of them have a phone number; in a hundred, five cannot log in, seven are invited or opened and one is not verified. */
const INSERT_USERS = `
  insert into users (tenant_id, id, audience, is_private_customer, status, access, access_expires_at, email, email_norm,
    email_order, email_verified_at, first_name, last_name, name, name_norm, phone, search_text, custom,
    created_at)
  select $1::uuid, ${idOf('user', 'n', '$4')}, 'customer', n % 10 = 0,
    case when access = 'active' and ${randomOf('n', 5, '200')} = 0 then 'disabled' else 'enabled' end, access,
    case when access in ('invited', 'opened') then created_at + interval '30 days' end, email, email, email,
    case when access = 'active' and ${randomOf('n', 6, '100')} > 0 then created_at end, first_name, last_name, name, lower(name), phone,
    ' ' || lower(name || ' ' || email) || coalesce(' ' || ltrim(phone, '+'), '')
      || lower(' ' || first_name || last_name || ' ' || last_name || first_name),
    case when $7::bool then ${USER_VALUES} else '{}' end, created_at
  from (select *, first_name || ' ' || last_name as name,
      lower(first_name || '.' || last_name) || '.' || n || '@corp' || n % 1000 || '.example.com' as email,
      case when chance < 500 then 'no_access' when chance < 1000 then 'invited' when chance < 1250 then 'opened'
        when chance < 1300 then 'bounced' when chance < 1310 then 'revoked' else 'active' end as access
    from (select n, ${timeOf('n', '$4')} as created_at, ${randomOf('n', 4, '10000')} as chance,
        ${oneOf('$5', 'n', 2)} as first_name, ${oneOf('$6', 'n', 3)} as last_name,
        case when n % 2 = 0 then '+1555' || lpad(n::text, 7, '0') end as phone
      from generate_series(1, $4::bigint) n) as generated) as named`;

const INSERT_MEMBERSHIPS = `
  insert into memberships (tenant_id, company_id, user_id)
  select $1::uuid, ${idOf('company', '(1 + n % $5::bigint)', '$5')}, ${idOf('user', 'n', '$4')}
  from generate_series(1, $4::bigint) n where n % 10 > 0`;

const INSERT_EMAILS = `
  insert into emails (tenant_id, id, template, user_id, audience, to_address, state, due_at, message_id, subject, created_at)
  select $1::uuid, ${idOf('email', 'n', '$4')}, 'accountInvitation', u.id, 'customer', u.email_norm,
    case when chance < 100 then 'bounced' when chance < 150 then 'failed' when chance < 160 then 'suppressed'
      when chance < 161 then 'deferred' when chance < 1000 then 'delivered' else 'accepted' end,
    null, 'm' || n, 'Welcome', ${timeOf('n', '$4')}
  from (select n, ${randomOf('n', 7, '10000')} as chance, ${idOf('user', `(1 + ${randomOf('n', 8, '$5::bigint')})`, '$5')} as user_id
    from generate_series(1, $4::bigint) n) as generated
  join users u on u.tenant_id = $1::uuid and u.id = generated.user_id`;

const INSERT_EVENTS = `
  insert into audit_events (tenant_id, id, at, event, actor_kind, actor_id, actor_name, target_type, target_id, target_name, ip,
    actor_salt, actor_digest, target_salt, target_digest)
  select $1::uuid, ${idOf('event', 'n', '$4')}, ${timeOf('n', '$4')},
    case when n % 100000 = 7 then 'terms.published' else ${oneOf('$6', 'n', 9)} end,
    kind, case kind when 'staff' then ${idOf('staff', `(1 + ${randomOf('n', 10, '$7::bigint')})`, '$7')} when 'customer' then user_id end,
    case kind when 'staff' then 'Person Number' when 'customer' then 'A customer' else 'The system' end,
    'user', user_id, 'A customer', '192.0.2.1', salt, digest, salt, digest
  from (select n, uuid_send(md5(n::text)::uuid) as salt, sha256(n::text::bytea) as digest,
      ${idOf('user', `(1 + ${randomOf('n', 8, '$5::bigint')})`, '$5')} as user_id,
      case when n % 10 < 4 then 'staff' when n % 10 < 9 then 'customer' else 'system' end as kind
    from generate_series(1, $4::bigint) n) as generated`;

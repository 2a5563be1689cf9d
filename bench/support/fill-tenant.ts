import type pg from 'pg';

export interface TenantSize {
  users: number;
  companies: number;
  emails: number;
  events: number;
}

const FIRST_NAMES = ['Ada', 'Bilal', 'Chloe', 'Dmitri', 'Esra', 'Farah', 'Goran', 'Hana', 'Ines', 'Jonas'];
const LAST_NAMES = [
  'Abara',
  'Berg',
  'Castillo',
  'Duval',
  'Eriksen',
  'Fontana',
  'Grant',
  'Haddad',
  'Ito',
  'Jansen',
];
const TRADES = [
  'Bakery',
  'Builders',
  'Clinic',
  'Farms',
  'Foods',
  'Garage',
  'Hotel',
  'Logistics',
  'Press',
  'Tools',
];
const EVENTS = ['user.created', 'user.updated', 'user.logged_in', 'user.password_set', 'email.queued'];

/** Inserts as a superuser, so without row level security. A tenth of the users belong to no company. */
export async function fillTenant(owner: pg.Pool, tenantId: string, size: TenantSize): Promise<void> {
  const { users, companies, emails, events } = size;
  await owner.query(INSERT_COMPANIES, [tenantId, companies, TRADES, LAST_NAMES]);
  await owner.query(INSERT_USERS, [tenantId, users, FIRST_NAMES, LAST_NAMES]);
  // Without statistics the next statements would be planned for empty tables.
  await owner.query('analyze users, companies');
  await owner.query(INSERT_MEMBERSHIPS, [tenantId, companies]);
  await owner.query(INSERT_EMAILS, [tenantId, emails]);
  await owner.query(INSERT_EVENTS, [tenantId, events, EVENTS]);
}

/** Updates the statistics and visibility maps, as autovacuum does later. */
export async function vacuumTables(owner: pg.Pool): Promise<void> {
  await owner.query('vacuum (analyze) users, companies, memberships, emails, audit_events');
}

// uuidv7() of PostgreSQL 18, shifted so that the ids are spread over a year in the order of n.
const ID = (n: string, count: string) =>
  `uuidv7((${n} - ${count}) * (interval '360 days' / greatest(${count}, 1)))`;
const ONE_OF = (list: string, n: string) => `(${list})[1 + (${n}) % array_length(${list}, 1)]`;

const INSERT_COMPANIES = `
  insert into companies (tenant_id, id, code, code_norm, name, name_norm, search_text)
  select $1, ${ID('n', '$2')}, 'C-' || n, 'c-' || n, name, lower(name), lower(name) || ' c-' || n
  from (select n, ${ONE_OF('$4::text[]', 'n / 10')} || ' ' || ${ONE_OF('$3::text[]', 'n')} || ' ' || n as name
    from generate_series(1, $2::int) n) as generated`;

const INSERT_USERS = `
  insert into users (tenant_id, id, audience, is_private_customer, access, email, email_norm, email_verified_at, first_name, last_name,
    name, name_norm, phone, search_text, created_at)
  select $1, ${ID('n', '$2')}, 'customer', n % 10 = 0, case when n % 19 = 0 then 'invited' else 'active' end, email, email,
    case when n % 19 > 0 then now() end, first_name, last_name, name, lower(name), phone,
    lower(name) || ' ' || email || ' ' || phone, now() - interval '1 year'
  from (select *, first_name || ' ' || last_name as name, lower(first_name || '.' || last_name) || '.' || n || '@' || right($1::uuid::text, 6) || '.example' as email
    from (select n, ${ONE_OF('$3::text[]', 'n')} as first_name, ${ONE_OF('$4::text[]', 'n / 10')} || n % 997 as last_name,
      '+1555' || lpad(n::text, 7, '0') as phone
      from generate_series(1, $2::int) n) as named) as generated`;

const INSERT_MEMBERSHIPS = `
  insert into memberships (tenant_id, company_id, user_id)
  select $1, c.id, u.id
  from (select id, row_number() over (order by id) as n from users where tenant_id = $1 and audience = 'customer') u
  join (select id, row_number() over (order by id) - 1 as n from companies where tenant_id = $1) c on c.n = u.n % $2::int
  where u.n % 10 > 0`;

const INSERT_EMAILS = `
  insert into emails (tenant_id, id, template, user_id, audience, to_address, state, due_at, message_id, subject)
  select $1, ${ID('n', '$2')}, 'accountInvitation', u.id, 'customer', u.email,
    case when n % 50 = 0 then 'failed' else 'accepted' end, null, 'm' || n, 'Welcome'
  from (select id, email, row_number() over (order by id) as n from users where tenant_id = $1 limit $2::int) u`;

// Later than now, because partitions exist for the next months but not for the past.
const INSERT_EVENTS = `
  insert into audit_events (tenant_id, id, at, event, actor_kind, actor_id, actor_name, target_type, target_id, target_name,
    actor_salt, actor_digest, target_salt, target_digest)
  select $1, uuidv7(), now() + n * interval '10 seconds', ${ONE_OF('$3::text[]', 'n')}, 'customer', u.id, u.name,
    'user', u.id, u.name, uuid_send(u.id), sha256(uuid_send(u.id)), uuid_send(u.id), sha256(uuid_send(u.id))
  from (select id, name, row_number() over (order by id) as n from users where tenant_id = $1 limit $2::int) u`;

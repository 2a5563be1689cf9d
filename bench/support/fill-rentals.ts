import type pg from 'pg';
import { idOf, randomOf, timeOf } from './generated-rows.ts';

const UNITS_OF_SITE = 600;
const UNIT_TYPES = 5;
/** An invoice of each account for each month, and a payment of each paid invoice. */
const MONTHS = 10;

/**
 * Rentals of the first persons of a tenant, and of companies instead of every tenth, with units, accounts, invoices,
 * payments and requests.
 */
export async function fillRentals(
  client: pg.ClientBase,
  period: readonly [tenantId: string, start: Date, end: Date],
  { rentals, users, companies }: { rentals: number; users: number; companies: number },
): Promise<void> {
  const units = Math.ceil(rentals * 1.2);
  const sites = Math.max(Math.ceil(units / UNITS_OF_SITE), 2);
  await client.query(INSERT_SITES, [...period, sites]);
  await client.query(INSERT_UNIT_TYPES, [...period, UNIT_TYPES]);
  await client.query(INSERT_UNITS, [...period, units, rentals, sites]);
  await client.query(INSERT_ACCOUNTS, [...period, rentals, users, companies]);
  await client.query(INSERT_RENTALS, [...period, units, rentals]);
  for (let month = 0; month < MONTHS; month++) {
    await client.query(INSERT_INVOICES, [...period, rentals, month]);
    await client.query(INSERT_PAYMENTS, [...period, rentals, month]);
  }
  await client.query(INSERT_REQUESTS, [...period, rentals, users]);
  for (const statement of UPDATE_RENTING) await client.query(statement, [period[0]]);
}

const INSERT_SITES = `
  insert into sites (tenant_id, id, name, name_norm)
  select $1::uuid, ${idOf('site', 'n', '$4')}, 'Site ' || n, 'site ' || n from generate_series(1, $4::bigint) n`;

const INSERT_UNIT_TYPES = `
  insert into unit_types (tenant_id, id, name, name_norm, price_cents)
  select $1::uuid, ${idOf('unit type', 'n', '$4')}, 'Type ' || n, 'type ' || n, 10000 * n
  from generate_series(1, $4::bigint) n`;

const INSERT_UNITS = `
  insert into units (tenant_id, id, site_id, unit_type_id, code, code_norm, code_sort, status, blocked_reason, created_at)
  select $1::uuid, ${idOf('unit', 'n', '$4')}, ${idOf('site', '(1 + n % $6::bigint)', '$6::bigint')},
    ${idOf('unit type', `(1 + n % ${UNIT_TYPES})`, String(UNIT_TYPES))}, 'A' || n, 'a' || n, 'a' || lpad(n::text, 8, '0'),
    case when n <= $5::bigint then 'occupied' when n % 100 = 0 then 'blocked' else 'available' end,
    case when n > $5::bigint and n % 100 = 0 then 'Repair' end, ${timeOf('n', '$4')}
  from generate_series(1, $4::bigint) n`;

const INSERT_ACCOUNTS = `
  insert into billing_accounts (tenant_id, id, user_id, company_id, currency, reference, created_at)
  select $1::uuid, ${idOf('account', 'n', '$4')},
    case when n % 10 > 0 then ${idOf('user', 'n', '$5::bigint')} end,
    case when n % 10 = 0 then ${idOf('company', '(n / 10)', '$6::bigint')} end, 'USD', 'R' || n, ${timeOf('n', '$4')}
  from generate_series(1, $4::bigint) n`;

/** In a hundred, five have ended, two are reserved and one has given notice. */
const INSERT_RENTALS = `
  insert into rentals (tenant_id, id, unit_id, billing_account_id, status, starts_on, ends_on, interval_unit,
    interval_count, anchor_on, anchor_day, next_period_on, price_cents, created_at)
  select $1::uuid, ${idOf('rental', 'n', '$5')}, ${idOf('unit', 'n', '$4::bigint')}, ${idOf('account', 'n', '$5')}, status,
    day, case when status = 'ended' then day when chance = 7 then current_date + 30 end, 'month', 1, day,
    extract(day from day), case when status = 'ended' then null else current_date + 20 end, 10000, ${timeOf('n', '$5')}
  from (select n, chance, case when chance < 5 then 'ended' when chance < 7 then 'reserved' else 'active' end as status,
      case when chance in (5, 6) then current_date + 10 else ${timeOf('n', '$5')}::date end as day
    from (select n, ${randomOf('n', 21, '100')} as chance from generate_series(1, $5::bigint) n) as generated) as dated`;

const numberOf = '($5::bigint * $4::bigint + n)';

/** One in fifty is open, of the last two months one in five. */
const isOpen = `${randomOf(numberOf, 22, '100')} < case when $5::bigint >= ${MONTHS - 2} then 20 else 2 end`;

const numberedId = (noun: string) => idOf(noun, 'number', `(${MONTHS} * $4::bigint)`);

const dayOf = `(current_date - make_interval(months => ${MONTHS - 1} - $5::int, days => ${randomOf('n', 23, '28')}::int))::date`;

const INSERT_INVOICES = `
  insert into invoices (tenant_id, id, kind, series, billing_account_id, number, label, label_norm, status, issued_on,
    due_on, currency, net_cents, total_cents, paid_cents, paid_at, source, seller, buyer, created_at)
  select $1::uuid, ${numberedId('invoice')}, 'invoice', 'invoice', ${idOf('account', 'n', '$4')}, number, 'INV-' || number,
    'inv-' || number, case when is_open then 'sent' else 'paid' end, day, day + 14, 'USD', 10000, 10000,
    case when is_open then 0 else 10000 end, case when is_open then null else day end, 'rental',
    '{"name": "Seller"}', '{"name": "Buyer"}', day
  from (select n, ${numberOf} as number, ${isOpen} as is_open,
      ${dayOf} as day
    from generate_series(1, $4::bigint) n) as numbered`;

const INSERT_PAYMENTS = `
  insert into payments (tenant_id, id, billing_account_id, channel, status, amount_cents, currency, received_on,
    created_at, undone_at, undone_reason)
  select $1::uuid, ${numberedId('payment')}, ${idOf('account', 'n', '$4')},
    case when n % 50 = 0 then 'cheque' when n % 5 = 0 then 'cash' else 'bank_transfer' end,
    case when is_undone then 'undone' else 'succeeded' end, 10000, 'USD', day, day, case when is_undone then day end,
    case when is_undone then 'A mistake' end
  from (select n, ${numberOf} as number, ${randomOf(numberOf, 24, '200')} = 0 as is_undone,
      ${dayOf} as day
    from generate_series(1, $4::bigint) n where not ${isOpen}) as numbered`;

/** Of one rental in ten; one request in twenty is open. */
const INSERT_REQUESTS = `
  insert into requests (tenant_id, id, kind, user_id, rental_id, first_name, last_name, status, created_at)
  select $1::uuid, ${idOf('request', 'n', '$4')}, kind, ${idOf('user', 'n', '$5::bigint')},
    case when kind = 'move_out' then ${idOf('rental', 'n', '$4')} end,
    case when kind = 'name_change' then 'Ada' end, case when kind = 'name_change' then 'Smith' end,
    case when n % 200 = 0 then 'requested' when n % 20 = 10 then 'declined' else 'completed' end, ${timeOf('n', '$4')}
  from (select n, case when n % 20 = 0 then 'name_change' else 'move_out' end as kind
    from generate_series(10, $4::bigint, 10) n) as generated`;

/** As the application computes it. */
const ACTIVE = `
  select b.user_id, b.company_id from rentals r
  join billing_accounts b on b.tenant_id = r.tenant_id and b.id = r.billing_account_id
  where r.tenant_id = $1::uuid and r.status = 'active'`;

const UPDATE_RENTING = [
  `update companies set is_renting = true
   where tenant_id = $1::uuid and id in (select company_id from (${ACTIVE}) as active)`,
  `update users set is_renting = true where tenant_id = $1::uuid and id in (
     with active as (${ACTIVE}) select user_id from active
     union select m.user_id from memberships m join active on active.company_id = m.company_id
     where m.tenant_id = $1::uuid)`,
];

import type pg from 'pg';

/** SQL of the rows of tenant `$1` that break the rule in the name. */
const violations = {
  'people and companies rent if and only if a rental of theirs is active': `
    select u.id from users u where u.tenant_id = $1 and u.is_renting <> exists (
      select from rentals r join billing_accounts b on b.tenant_id = r.tenant_id and b.id = r.billing_account_id
      where r.tenant_id = u.tenant_id and r.status = 'active' and (b.user_id = u.id or r.occupant_user_id = u.id
        or exists (select from memberships m where m.tenant_id = u.tenant_id and m.user_id = u.id and m.company_id = b.company_id)))
    union all
    select c.id from companies c where c.tenant_id = $1 and c.is_renting <> exists (
      select from rentals r join billing_accounts b on b.tenant_id = r.tenant_id and b.id = r.billing_account_id
      where r.tenant_id = c.tenant_id and r.status = 'active' and b.company_id = c.id)`,

  'the lines of an invoice add up to its sums': `
    select i.id from invoices i left join invoice_lines l on l.tenant_id = i.tenant_id and l.invoice_id = i.id
    where i.tenant_id = $1 group by i.tenant_id, i.id
    having sum(l.net_cents) <> i.net_cents or sum(l.tax_cents) <> i.tax_cents`,

  'the open amount of an invoice is 0 if and only if it is paid': `
    select i.id, i.status from invoices i cross join lateral
      (select i.total_cents - i.paid_cents - i.credited_cents - i.written_off_cents as open) o
    where i.tenant_id = $1 and i.kind = 'invoice' and i.status in ('sent', 'paid')
      and (o.open < 0 or (o.open = 0) <> (i.status = 'paid'))`,

  'the allocations of an invoice add up to what is settled': `
    select i.id from invoices i cross join lateral (
      select coalesce(sum(case when a.reverses_id is null then a.amount_cents else -a.amount_cents end), 0) as settled
      from allocations a where a.tenant_id = i.tenant_id and a.invoice_id = i.id) a
    where i.tenant_id = $1 and a.settled <> i.paid_cents + i.credited_cents + i.written_off_cents`,

  'no more of a line is credited than it charges': `
    select l.invoice_id, l.position from invoice_lines l
    where l.tenant_id = $1 and (abs(l.credited_net_cents) > abs(l.net_cents) or abs(l.credited_tax_cents) > abs(l.tax_cents)
      or l.credited_net_cents * l.net_cents < 0 or l.credited_tax_cents * l.tax_cents < 0)`,

  'amounts in dinars end in a zero, because payment services refuse thousandths': `
    select id, posting, amount_cents from ledger_entries
    where tenant_id = $1 and currency = 'KWD' and amount_cents % 10 <> 0`,

  'the sums of an account are those of its ledger and not negative': `
    select b.id from billing_accounts b cross join lateral (
      select coalesce(sum((e.debit = 'receivable')::int * e.amount_cents - (e.credit = 'receivable')::int * e.amount_cents), 0) as receivable,
        coalesce(sum((e.credit = 'credit')::int * e.amount_cents - (e.debit = 'credit')::int * e.amount_cents), 0) as credit,
        coalesce(sum((e.credit = 'deposit')::int * e.amount_cents - (e.debit = 'deposit')::int * e.amount_cents), 0) as deposit
      from ledger_entries e where e.tenant_id = b.tenant_id and e.billing_account_id = b.id) e
    where b.tenant_id = $1 and ((b.receivable_cents, b.credit_cents, b.deposit_cents) is distinct from
      (e.receivable, e.credit, e.deposit) or least(e.receivable, e.credit, e.deposit) < 0)`,

  'the receivable sum of an account is what its invoices leave open': `
    select b.id from billing_accounts b cross join lateral (
      select coalesce(sum(i.total_cents - i.paid_cents - i.credited_cents - i.written_off_cents), 0) as open from invoices i
      where i.tenant_id = b.tenant_id and i.billing_account_id = b.id and i.kind = 'invoice'
        and i.status in ('sent', 'pending', 'failed', 'paid')) i
    where b.tenant_id = $1 and b.receivable_cents <> i.open`,

  'the cash of the ledger is what was paid and not undone': `
    select e.cash, p.paid from
      (select coalesce(sum((debit = 'cash')::int * amount_cents - (credit = 'cash')::int * amount_cents), 0) as cash
       from ledger_entries where tenant_id = $1) e,
      (select coalesce(sum(case
         when direction = 'in' and status in ('succeeded', 'charged_back') then amount_cents - charged_back_cents
         when direction = 'out' and status not in ('failed', 'cancelled') then -amount_cents else 0 end), 0) as paid
       from payments where tenant_id = $1) p
    where e.cash <> p.paid`,

  'the cash from a gateway is what it charged, without refunds and what was charged back': `
    select p.id from payments p cross join lateral (
      select coalesce(sum((e.debit = 'cash')::int * e.amount_cents - (e.credit = 'cash')::int * e.amount_cents), 0) as cash
      from ledger_entries e where e.tenant_id = p.tenant_id and e.source_id = p.id) e
    where p.tenant_id = $1 and p.gateway_id is not null and p.direction = 'in' and e.cash <> case
      when p.status in ('succeeded', 'charged_back') then p.amount_cents - p.charged_back_cents else 0 end`,

  'an invoice is pending if and only if a payment that is meant for it is on its way': `
    select i.id, i.status, p.status as payment from invoices i
    left join payments p on p.tenant_id = i.tenant_id and p.id = i.pending_payment_id
    where i.tenant_id = $1 and (i.status = 'pending') <> (p.status is not null
      and p.status in ('created', 'ready', 'submitting', 'unknown', 'requires_action', 'processing')
      and exists (select from payment_invoices q where q.tenant_id = i.tenant_id and q.payment_id = p.id and q.invoice_id = i.id))`,

  'at most one payment is on its way for an invoice': `
    select q.invoice_id from payment_invoices q join payments p on p.tenant_id = q.tenant_id and p.id = q.payment_id
    where q.tenant_id = $1 and p.direction = 'in'
      and p.status in ('created', 'ready', 'submitting', 'unknown', 'requires_action', 'processing')
    group by q.invoice_id having count(*) > 1`,

  'the refunds of a payment are what is stored with it, and not more than it': `
    select p.id, p.refunded_cents, r.sum from payments p cross join lateral (
      select coalesce(sum(r.amount_cents), 0) as sum from payments r
      where r.tenant_id = p.tenant_id and r.refunds_payment_id = p.id and r.status not in ('failed', 'cancelled')) r
    where p.tenant_id = $1 and (p.refunded_cents <> r.sum or r.sum > p.amount_cents)`,

  'the disputed part of an invoice is not more than what is open': `
    select i.id from invoices i where i.tenant_id = $1 and i.kind = 'invoice'
      and i.disputed_cents > i.total_cents - i.paid_cents - i.credited_cents - i.written_off_cents`,

  'the periods of a rental follow each other without overlap and gap': `
    select * from (
      select p.rental_id, p.starts_on, lag(p.ends_on) over w as previous, r.starts_on as moved_in
      from rental_periods p join rentals r on r.tenant_id = p.tenant_id and r.id = p.rental_id
      where p.tenant_id = $1 window w as (partition by p.rental_id order by p.starts_on)) p
    where p.starts_on <> coalesce(p.previous + 1, p.moved_in)`,

  'the next period of a rental starts after the last one that is billed': `
    select r.id, r.next_period_on, p.ends_on from rentals r
    left join lateral (select max(p.ends_on) as ends_on from rental_periods p
      where p.tenant_id = r.tenant_id and p.rental_id = r.id) p on true
    where r.tenant_id = $1 and (r.next_period_on <> coalesce(p.ends_on + 1, r.starts_on)
      or (r.next_period_on is null and r.status <> 'cancelled' and (r.ends_on is null or p.ends_on < r.ends_on)))`,

  'each period is billed by one line of rent, and other lines for its first day were taken back': `
    select p.rental_id, p.starts_on, count(l.position) from rental_periods p
    left join (invoice_lines l join invoices i on i.tenant_id = l.tenant_id and i.id = l.invoice_id)
      on l.tenant_id = p.tenant_id and l.rental_id = p.rental_id and l.kind = 'rent' and l.starts_on = p.starts_on
      and i.credits_invoice_id is null
    where p.tenant_id = $1 group by p.tenant_id, p.rental_id, p.starts_on, p.invoice_id
    having count(l.position) filter (where l.invoice_id = p.invoice_id) <> 1
      or bool_or(l.invoice_id <> p.invoice_id and i.status <> 'deleted' and l.credited_net_cents <> l.net_cents)`,

  'the numbers of each series have no gap': `
    select series, count(*), max(number) from invoices where tenant_id = $1 and number is not null
    group by series having count(*) <> max(number) or min(number) <> 1`,

  'no rentals of a unit have a day in common': `
    select one.id, other.id as other from rentals one
    join rentals other on other.tenant_id = one.tenant_id and other.unit_id = one.unit_id and other.id > one.id
    where one.tenant_id = $1 and one.status <> 'cancelled' and other.status <> 'cancelled'
      and one.starts_on <= coalesce(other.ends_on, 'infinity') and other.starts_on <= coalesce(one.ends_on, 'infinity')`,

  'the status of a unit follows from its rentals': `
    select u.id, u.status from units u cross join lateral (
      select count(*) filter (where r.status = 'active') as active, count(*) filter (where r.status = 'reserved') as reserved
      from rentals r where r.tenant_id = u.tenant_id and r.unit_id = u.id) r
    where u.tenant_id = $1 and u.status <> case when u.blocked_reason is not null then 'blocked'
      when r.active > 0 then 'occupied' when r.reserved > 0 then 'reserved' else 'available' end`,

  'a transfer begins on the day after the last one in the unit before': `
    select n.id, o.ends_on from rentals n
    join rentals o on o.tenant_id = n.tenant_id and o.id = n.transferred_from_id
    where n.tenant_id = $1 and (n.status = 'cancelled' or o.ends_on is distinct from n.starts_on - 1)`,

  'what is credited of a line is what other lines take back': `
    with taken_back as (
      select coalesce(o.credits_invoice_id, i.credits_invoice_id) as invoice_id, o.credits_position as position,
        coalesce(sum(abs(o.net_cents)) filter (where i.status <> 'deleted' and o.credited_net_cents = 0), 0) as certain,
        sum(abs(o.net_cents)) as possible
      from invoice_lines o join invoices i on i.tenant_id = o.tenant_id and i.id = o.invoice_id
      where o.tenant_id = $1 and o.credits_position is not null group by 1, 2)
    select l.invoice_id, l.position, l.credited_net_cents, t.certain, t.possible from invoice_lines l
    left join taken_back t on t.invoice_id = l.invoice_id and t.position = l.position
    where l.tenant_id = $1 and abs(l.credited_net_cents) not between coalesce(t.certain, 0) and coalesce(t.possible, 0)`,

  'an ended or cancelled rental is not billed further': `
    select id from rentals where tenant_id = $1 and status in ('ended', 'cancelled') and next_period_on is not null`,

  'an invoice of a rental is not due before the day of its issue': `
    select id, issued_on, due_on from invoices
    where tenant_id = $1 and kind = 'invoice' and source = 'rental' and issued_on is not null and due_on < issued_on`,
} as const;

/** The rules that the rows of the tenant break, with the first row of each. */
export async function findViolations(owner: pg.Pool, tenantId: string): Promise<string[]> {
  const found: string[] = [];
  for (const [rule, sql] of Object.entries(violations)) {
    const { rows } = await owner.query<Record<string, unknown>>(sql, [tenantId]);
    if (rows.length > 0) found.push(`${rule}: ${JSON.stringify(rows[0])}`);
  }
  return found;
}

/** Inserts persons who have an active rental of 100.00 each for a month, which was billed until the day `next`. */
export async function insertRentals(
  query: (text: string, values: unknown[]) => Promise<unknown>,
  tenantId: string,
  { count, next }: { count: number; next: string },
): Promise<void> {
  const statements = [
    `insert into sites (tenant_id, id, name, name_norm) values ($1, gen_random_uuid(), 'Many', 'many')`,
    `insert into unit_types (tenant_id, id, name, name_norm, price_cents)
     values ($1, gen_random_uuid(), 'Many', 'many', 10000)`,
    `insert into users (tenant_id, id, audience, email, email_norm, name_norm, search_text)
     select $1, gen_random_uuid(), 'customer', n || '@many.example', n || '@many.example', n || '', n || ''
     from generate_series(1, $2::int) n`,
    `insert into billing_accounts (tenant_id, id, user_id, currency, reference)
     select tenant_id, gen_random_uuid(), id, 'USD', id::text from users
     where tenant_id = $1 and email like '%@many.example'`,
    `insert into units (tenant_id, id, site_id, unit_type_id, code, code_norm, code_sort, status)
     select $1, gen_random_uuid(), s.id, t.id, 'M' || n, 'm' || n, 'm' || n, 'occupied'
     from generate_series(1, $2::int) n, sites s, unit_types t
     where s.tenant_id = $1 and s.name_norm = 'many' and t.tenant_id = $1 and t.name_norm = 'many'`,
    // The join below is planned for few rows without it, and then takes minutes for many.
    'analyze users, billing_accounts, units',
    `insert into rentals (tenant_id, id, unit_id, billing_account_id, status, starts_on, interval_unit, interval_count,
       anchor_on, anchor_day, next_period_on, price_cents)
     select $1, gen_random_uuid(), u.id, b.id, 'active', $2::date - interval '1 month', 'month', 1,
       $2::date - interval '1 month', extract(day from $2::date), $2::date, 10000
     from (select id, row_number() over (order by id) as n from units where tenant_id = $1 and code_norm like 'm%') u
     join (select b.id, row_number() over (order by b.id) as n from billing_accounts b
       join users w on w.tenant_id = b.tenant_id and w.id = b.user_id
       where b.tenant_id = $1 and w.email like '%@many.example') b on b.n = u.n`,
  ];
  for (const statement of statements) {
    const second = statement.includes('$2::date') ? next : count;
    const values = [tenantId, second].slice(
      0,
      statement.includes('$2') ? 2 : Number(statement.includes('$1')),
    );
    await query(statement, values);
  }
}

import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import type { Billing } from '../../src/domain/billing/billing-settings.ts';
import type { TaxRate } from '../../src/domain/billing/tax.ts';
import { createRental, type MoveInResult, type NewRental } from '../../src/domain/rental/move-in.ts';
import { completeMoveOut, type MoveOutValues } from '../../src/domain/rental/move-out.ts';
import { giveNotice } from '../../src/domain/rental/notice.ts';
import { transferRental, type TransferValues } from '../../src/domain/rental/transfer.ts';
import { billingActor, TestAccount } from './money.ts';
import { createUnit } from './units.ts';

const settings: Partial<Billing> = { cycle: 'anniversary', proration: 'actual', move_out_credit: 'days' };

/** The rentals of one company, by default 100.00 from the day of the move-in, without tax and deposit. */
export class TestRentals extends TestAccount {
  /** Runs the work as if the day was today. */
  on<Value>(
    today: string,
    work: (db: TenantDb, billing: Billing) => Promise<Value>,
    values: Partial<Billing> = {},
  ): Promise<Value> {
    return this.run(work, { ...settings, today, ...values });
  }

  /** On the day of the move-in unless `today` is given. */
  async moveIn(
    starts_on: string,
    {
      today = starts_on,
      billing: given = {},
      ...values
    }: Partial<NewRental> & { today?: string; billing?: Partial<Billing> } = {},
  ): Promise<MoveInResult> {
    const unit_id = values.unit_id ?? (await this.unit()).id;
    const rental = {
      owner: this.owner,
      interval: '1_month' as const,
      price: 100_00n,
      deposit: 0n,
      tax_rate_id: null,
    };
    return this.on(
      today,
      (db, billing) => createRental(db, billingActor, billing, { ...rental, ...values, unit_id, starts_on }),
      given,
    );
  }

  unit(code = `U${newId().slice(-6)}`) {
    return createUnit(this.portal, this.tenant, { code });
  }

  notice(today: string, id: string, ends_on: string) {
    return this.on(today, (db, billing) => giveNotice(db, billingActor, billing, { id, ends_on }));
  }

  complete(today: string, id: string, values: Partial<MoveOutValues> & { billing?: Partial<Billing> } = {}) {
    const { billing: given = {}, ...rest } = values;
    const deposit = { kept: 0n, kept_reason: null, kept_tax_rate: null, pays_invoices: true };
    return this.on(
      today,
      (db, billing) =>
        completeMoveOut(db, billingActor, billing, { id, blocked_reason: null, ...deposit, ...rest }),
      given,
    );
  }

  transfer(today: string, values: TransferValues, billing: Partial<Billing> = {}) {
    return this.on(today, (db, given) => transferRental(db, billingActor, given, values), billing);
  }

  async taxRate(rate_ppm: number, is_inclusive = false): Promise<TaxRate> {
    const id = newId();
    await inTenant(this.portal.database, this.tenant.id, async (db) => {
      await db.insertInto('tax_rates', { id, code: id, code_norm: id, name: 'Tax', rate_ppm, is_inclusive });
    });
    return { id, rate_ppm, is_inclusive };
  }

  async rental(id: string) {
    const { rows } = await this.portal.owner.query<Record<string, string | null>>(
      `select status, starts_on::text, ends_on::text, next_period_on::text, anchor_on::text, locked_out_at::text,
         deposit_cents::text as deposit, (select u.status from units u where u.id = rentals.unit_id) as unit_status
       from rentals where id = $1`,
      [id],
    );
    return rows[0]!;
  }

  /** Of the rental, the oldest first: `2026-01-31 2026-02-27 10000`. */
  async periods(id: string): Promise<string[]> {
    const { rows } = await this.portal.owner.query<{ text: string }>(
      `select starts_on || ' ' || ends_on || ' ' || price_cents as text from rental_periods
       where rental_id = $1 order by starts_on`,
      [id],
    );
    return rows.map(({ text }) => text);
  }

  /** With a line of the rental, in the order in which they were issued. */
  async invoices(id: string) {
    const { rows } = await this.portal.owner.query<Record<string, string>>(
      `select i.id, i.kind, i.status, i.net_cents::text as net, i.tax_cents::text as tax, i.total_cents::text as total,
         i.due_on::text, (i.credits_invoice_id is not null)::text as credits
       from invoices i where exists (select 1 from invoice_lines l where l.invoice_id = i.id and l.rental_id = $1)
       order by i.id`,
      [id],
    );
    return rows;
  }
}

/** The result of an action that was not refused. */
export function accepted<Result extends { ok: boolean }>(result: Result): Extract<Result, { ok: true }> {
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result as Extract<Result, { ok: true }>;
}

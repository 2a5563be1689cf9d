import type { RunKind } from '../../src/domain/billing-run/billing-run.ts';
import { runToEnd } from '../../src/tasks/billing-runs.ts';
import { createCompany, createTenant, type TestTenant } from './factories.ts';
import type { TestPortal } from './portal.ts';
import { TestRentals } from './rentals.ts';
import { sql } from './rows.ts';

/** The rentals of a company of a new tenant, without a cycle of the tenant, and the runs of the tenant. */
export class TestRuns extends TestRentals {
  static async create(portal: TestPortal): Promise<TestRuns> {
    const tenant = await createTenant(portal);
    return new TestRuns(portal, tenant, await createCompany(portal, tenant));
  }

  /** With another company of the tenant. */
  async another(): Promise<TestRuns> {
    return new TestRuns(this.portal, this.tenant, await createCompany(this.portal, this.tenant));
  }

  bill(local_date: string, kind: RunKind = 'rent', as_of?: string) {
    return runToEnd(this.portal.database, this.tenant.id, { kind, local_date, as_of });
  }

  async set(columns: Record<string, unknown>): Promise<void> {
    await changeSettings(this.portal, this.tenant, columns);
  }

  async runs(kind = 'rent') {
    const runs = await sql(
      this.portal,
      `select local_date::text, status, invoices, amount_cents::text as amount, errors, failures from billing_runs
       where tenant_id = $1 and kind = $2 order by local_date`,
      [this.tenant.id, kind],
    );
    return runs;
  }
}

export async function changeSettings(
  portal: TestPortal,
  tenant: TestTenant,
  columns: Record<string, unknown>,
): Promise<void> {
  const names = Object.keys(columns);
  await sql(
    portal,
    `update billing_settings set ${names.map((name, n) => `${name} = $${n + 2}`).join(', ')} where tenant_id = $1`,
    [tenant.id, ...Object.values(columns)],
  );
}

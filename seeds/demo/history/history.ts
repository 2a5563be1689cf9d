import type { TenantDb } from '../../../src/database/tenant-db.ts';
import { newSchedules } from '../../../src/domain/billing-run/billing-run.ts';
import { getBilling } from '../../../src/domain/billing/billing-settings.ts';
import { dayInMonth, monthNumber, type CivilDate } from '../../../src/domain/billing/civil-date.ts';
import { found } from '../../../src/errors.ts';
import { Random } from '../random.ts';
import { demoTenants } from '../tenants.ts';
import type { DemoContext } from './demo-context.ts';
import { distributionDays, endDistribution } from './distribution-history.ts';
import { payByGateway } from './gateway-payments.ts';
import { storageDays } from './storage-history.ts';
import { endStorage } from './storage-today.ts';
import { withoutAudit } from './without-audit.ts';

const MONTHS = 24;

/** Each of the months and the current one, and what is left to do today. */
export const HISTORY_STEPS = MONTHS + 2;

interface HistoryStep {
  /** The subdomain. */
  tenant: string;
  /** From 0. */
  step: number;
  /** The last day of the history. */
  until: CivilDate;
}

/** Makes the rows of one step in this transaction, as if its days were today. */
export async function runHistoryStep(db: TenantDb, { tenant, step, until }: HistoryStep): Promise<void> {
  const demo = found(demoTenants.find(({ slug }) => slug === tenant));
  const current = await getBilling(db);
  const context: DemoContext = {
    db: withoutAudit(db),
    random: new Random(demo.seed * 100 + step),
    month: step,
    billingOn: (today) => ({ ...current, today, now: new Date(`${today}T10:00:00Z`), sends_emails: false }),
  };
  const isStorage = demo.vocabulary === 'storage';
  if (step < HISTORY_STEPS - 1) {
    const days = await (isStorage ? storageDays(context) : distributionDays(context));
    const month = monthNumber(until) - MONTHS + step;
    for (const [day, work] of [...days].sort(([one], [other]) => one - other)) {
      const date = dayInMonth(month, day);
      if (date <= until) await work(context.billingOn(date));
    }
    return;
  }
  await (isStorage ? endStorage(context, until) : endDistribution(context, until));
  await payByGateway(context, until);
  // Not before, so that no run bills the months that are still to be made.
  await db.insertInto('billing_schedules', newSchedules(db));
}

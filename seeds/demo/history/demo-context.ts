import type { TenantDb } from '../../../src/database/tenant-db.ts';
import { systemActor } from '../../../src/domain/actor.ts';
import type { Billing } from '../../../src/domain/billing/billing-settings.ts';
import type { CivilDate } from '../../../src/domain/billing/civil-date.ts';
import type { Random } from '../random.ts';

export const demoActor = systemActor('Demo');

/** What a step of the history needs. It finds the rows of the steps before in the database. */
export interface DemoContext {
  db: TenantDb;
  random: Random;
  /** From 0. */
  month: number;
  /** As if the day was today. */
  billingOn: (day: CivilDate) => Billing;
}

/** Something that happens on a day of the month. */
export type DemoDay = readonly [day: number, work: (billing: Billing) => Promise<unknown>];

/** @throws the refusal */
export function accepted<Result extends { ok: boolean }>(result: Result): Extract<Result, { ok: true }> {
  if (!result.ok) throw new Error(`An action of the demo was refused: ${JSON.stringify(result)}`);
  return result as Extract<Result, { ok: true }>;
}

import fc from 'fast-check';
import { withClock } from '../../src/database/clock.ts';
import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { getBilling } from '../../src/domain/billing/billing-settings.ts';
import { verifyLedger } from '../../src/domain/ledger/verify-ledger.ts';
import { createCompany, createCustomer, createTenant, type TestTenant } from './factories.ts';
import { FakeGateway } from './fake-gateway.ts';
import {
  findGatewayDifference,
  gatewayActions,
  settleUnknown,
  type GatewayActionName,
  type GatewayWorld,
} from './gateway-actions.ts';
import { actions, type ActionName, type MoneyWorld, type Step } from './money-actions.ts';
import { findViolations } from './money-invariants.ts';
import type { TestPortal } from './portal.ts';
import { createLog } from '../../src/log.ts';
import { findReportDifferences } from './report-checks.ts';
import { TestRentals } from './rentals.ts';
import { createSite, createUnit, createUnitType } from './units.ts';

export const STEPS_PER_TENANT = 250;
const STEPS_PER_CHECK = 10;
/** How many days before that of the step. */
const DAYS_OF_REPORTS = [0, 9, 40];
const UNITS = 8;
/** The day of the first step, so that a seed gives the same steps on every day. */
const START = Date.parse('2026-01-10T09:00Z');
const DAY_MS = 86_400_000;

/** Also of payments by a gateway. */
export type GatewayStep = Omit<Step, 'action'>;
type AnyStep = GatewayStep & { action: ActionName | GatewayActionName };

const often: readonly AnyStep['action'][] = [
  'moveIn',
  'bill',
  'bill',
  'recordPayment',
  'recordPayment',
  'giveNotice',
  'transfer',
  'cancelTransfer',
  'changeStart',
  'payByGateway',
  'runAutopay',
  'runWorker',
];

const names = [...Object.keys(actions), ...Object.keys(gatewayActions)] as AnyStep['action'][];

const step: fc.Arbitrary<AnyStep> = fc.record(
  {
    action: fc.constantFrom(...often, ...names),
    days: fc.constantFrom(0, 0, 1, 2, 5, 9),
    row: fc.nat(999),
    variant: fc.nat(999),
    offset: fc.integer({ min: -60, max: 60 }),
    part: fc.nat(1000),
  },
  { noNullPrototype: true },
);

export interface MoneyRun {
  currency: string;
  steps: readonly AnyStep[];
}

export const moneyRuns: fc.Arbitrary<MoneyRun> = fc.record(
  {
    currency: fc.constantFrom('USD', 'JPY', 'KWD'),
    steps: fc.array(step, { minLength: STEPS_PER_TENANT, maxLength: STEPS_PER_TENANT }),
  },
  { noNullPrototype: true },
);

/** Runs the steps in a new tenant. @throws when a step throws or a rule is broken, naming the step */
export async function runMoneySteps(portal: TestPortal, { currency, steps }: MoneyRun): Promise<void> {
  const setting = await createSetting(portal, currency);
  let days = 0;
  for (const [n, each] of steps.entries()) {
    days += each.days;
    const isChecked = n % STEPS_PER_CHECK === STEPS_PER_CHECK - 1 || n === steps.length - 1;
    try {
      await runStep(portal, setting, each, days);
      if (isChecked) await check(portal, setting, days);
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`Step ${n} on day ${days}, ${JSON.stringify(each)}: ${message}`, { cause: error });
    }
  }
}

/** What every step needs and no step changes. */
type Setting = Omit<MoneyWorld, 'db' | 'billing'> & {
  tenant: TestTenant;
  gateway: FakeGateway;
  gatewayId: string;
};

async function createSetting(portal: TestPortal, currency: string): Promise<Setting> {
  const tenant = await createTenant(portal, { currency });
  const [site, type] = [await createSite(portal, tenant), await createUnitType(portal, tenant)];
  const units = [];
  for (let n = 0; n < UNITS; n += 1)
    units.push(await createUnit(portal, tenant, { code: `U${n}`, site, type }));
  const companies = [await createCompany(portal, tenant), await createCompany(portal, tenant)];
  const people = [await createCustomer(portal, tenant), await createCustomer(portal, tenant)];
  const account = new TestRentals(portal, tenant, companies[0]!);
  const taxRates = [
    null,
    await account.taxRate(200_000),
    await account.taxRate(88_750),
    await account.taxRate(200_000, true),
  ];
  const customers = [
    ...companies.map(({ id, code }) => ({ id, codeOrEmail: code })),
    ...people.map(({ id, email }) => ({ id, codeOrEmail: email })),
  ];
  await inTenant(portal.database, tenant.id, (db) =>
    db.insertInto('late_fee_rules', {
      id: newId(),
      days_after_due: 7,
      fee_ppm: 50_000,
      tax_rate_id: taxRates[1]!.id,
    }),
  );
  const gatewayId = newId();
  await inTenant(portal.database, tenant.id, (db) =>
    db.insertInto('gateways', { id: gatewayId, service: 'sandbox', mode: 'test' }),
  );
  return { tenant, units, customers, taxRates, gateway: new FakeGateway(), gatewayId };
}

async function runStep(
  portal: TestPortal,
  setting: Setting,
  { action, ...each }: AnyStep,
  days: number,
): Promise<void> {
  const { tenant, gateway: _, ...world } = setting;
  if (isOfGateway(action))
    return void (await gatewayActions[action](gatewayWorld(portal, setting, days), each));
  await inTenant(databaseOn(portal, days), tenant.id, async (db) =>
    actions[action]({ ...world, db, billing: await getBilling(db) }, { action, ...each }),
  );
}

function isOfGateway(action: AnyStep['action']): action is GatewayActionName {
  return Object.hasOwn(gatewayActions, action);
}

function databaseOn({ database }: TestPortal, days: number) {
  return withClock(database, START + days * DAY_MS - Date.now());
}

function gatewayWorld(
  portal: TestPortal,
  { tenant, gateway, gatewayId }: Setting,
  days: number,
): GatewayWorld {
  const { config } = portal;
  const openGateway = () => Promise.resolve(gateway);
  const deps = { config, database: databaseOn(portal, days), log: createLog('silent'), openGateway };
  return { deps, tenantId: tenant.id, gatewayId, gateway };
}

async function check(portal: TestPortal, setting: Setting, days: number): Promise<void> {
  const { id } = setting.tenant;
  const violations = await findViolations(portal.owner, id);
  const world = gatewayWorld(portal, setting, days);
  await settleUnknown(world);
  violations.push(...(await findGatewayDifference(world)));
  const { difference } = await verifyLedger(portal.database, id);
  if (difference) violations.push(`verifyLedger: ${JSON.stringify(difference)}`);
  for (const before of DAYS_OF_REPORTS) {
    const day = new Date(START + (days - before) * DAY_MS).toISOString().slice(0, 10);
    violations.push(...(await findReportDifferences(portal, id, day)));
  }
  if (violations.length > 0) throw new Error(violations.join('\n'));
}

import fc from 'fast-check';
import { moneyRuns, runMoneySteps, STEPS_PER_TENANT } from '../../support/money-run.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

const { MONEY_STEPS, MONEY_SEED, MONEY_PATH } = process.env;
const STEPS = Number(MONEY_STEPS ?? 1_000);

describe('random actions on money', () => {
  let portal: TestPortal;
  before(async () => {
    portal = await sharedPortal();
  });

  it(`keep the ledger, the invoices and the rentals consistent over ${STEPS} steps`, async function () {
    this.timeout(60_000 + STEPS * 100);
    const result = await fc.check(
      fc.asyncProperty(moneyRuns, (run) => runMoneySteps(portal, run)),
      {
        numRuns: Math.ceil(STEPS / STEPS_PER_TENANT),
        // The failed step and the seed are enough to find the fault; hundreds of further runs take too long.
        endOnFailure: true,
        ...(MONEY_SEED !== undefined && { seed: Number(MONEY_SEED) }),
        ...(MONEY_PATH !== undefined && { path: MONEY_PATH }),
      },
    );
    if (!result.failed) return;
    const replay = `MONEY_SEED=${result.seed} MONEY_PATH=${result.counterexamplePath}`;
    throw new Error(`${(result.errorInstance as Error).message}\nReplay it with ${replay}`, {
      cause: result.errorInstance,
    });
  });
});

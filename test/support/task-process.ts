// Runs as a separate process that a test kills: a task worker with billing runs, and with a backfill that counts in each
// row how often it was processed.
import { openDatabase } from '../../src/database/pools.ts';
import { createLog } from '../../src/log.ts';
import { backfillKind } from '../../src/tasks/backfills.ts';
import { billingRunKind } from '../../src/tasks/billing-runs.ts';
import { startTaskWorker } from '../../src/tasks/task-worker.ts';
import { countRuns } from './count-runs.ts';

const [appUrl = '', platformUrl = '', batchSize = ''] = process.argv.slice(2);
const database = await openDatabase({ appUrl, platformUrl });
startTaskWorker(
  { database, log: createLog('error') },
  {
    backfill: backfillKind({ 'count-runs': countRuns }, Number(batchSize)),
    'billing-run': billingRunKind,
  },
);
console.log('started');

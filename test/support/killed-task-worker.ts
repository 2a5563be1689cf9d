// Runs as a separate process that a test kills: a task worker with all kinds, and with a backfill that counts in each
// row how often it was processed.
import { openDatabase } from '../../src/database/pools.ts';
import { openFileStore } from '../../src/files/file-store.ts';
import { createLog } from '../../src/log.ts';
import { exportedLists } from '../../src/operations/list-exports.ts';
import { backfillKind } from '../../src/tasks/backfills.ts';
import { startTaskWorker, taskKinds } from '../../src/tasks/task-worker.ts';
import { countRuns } from './count-runs.ts';

const [appUrl = '', platformUrl = '', batchSize = '', filesUrl = 'file:///unused'] = process.argv.slice(2);
const database = await openDatabase({ appUrl, platformUrl });
startTaskWorker(
  { database, log: createLog('error') },
  {
    ...taskKinds({ files: openFileStore(filesUrl), secretKeys: [], exportedLists }),
    backfill: backfillKind({ 'count-runs': countRuns }, Number(batchSize)),
  },
);
console.log('started');

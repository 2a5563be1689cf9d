import { setTimeout as pause } from 'node:timers/promises';
import { asPlatform } from '../database/as-platform.ts';
import { pick, selectRow } from '../database/columns.ts';
import type { Database } from '../database/pools.ts';
import type { Log } from '../log.ts';
import { runDueTasks } from './task-worker.ts';

const WAIT_MS = 500;

/** Also when the worker of a running portal has claimed a part of it. */
export async function finishDemoHistory(deps: { database: Database; log: Log }): Promise<void> {
  while (await isUnfinished(deps.database)) {
    await runDueTasks(deps);
    await pause(WAIT_MS);
  }
}

async function isUnfinished(database: Database): Promise<boolean> {
  const task = await asPlatform(database, (db) =>
    selectRow(db.from('tasks').where({ kind: 'demo-history' }).whereNotNull('due_at'), pick('tasks', 'id')),
  );
  return task !== undefined;
}

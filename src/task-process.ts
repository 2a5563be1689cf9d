import os from 'node:os';
import { readConfig, withEnvFile } from './config.ts';
import { openConnection } from './database/connect.ts';
import { openFileStore } from './files/file-store.ts';
import { createLog } from './log.ts';
import { exportedLists } from './operations/list-exports.ts';
import { startTaskWorker, taskKinds } from './tasks/task-worker.ts';

// The process that `startTaskProcess` starts.

const MAX_IDLE_MS = 3_000;
/** Pages and emails come first. */
const NICENESS = 10;

os.setPriority(NICENESS);
// The parent has been killed.
process.on('disconnect', () => process.exit(1));
// From a terminal, also to the parent, which then stops this process.
process.on('SIGINT', () => {});

const [, , PORTAL_CLOCK] = process.argv;
const config = readConfig(withEnvFile({ ...process.env, PORTAL_CLOCK }));
const log = createLog(config.production ? 'info' : 'warn');
const { database, stop } = await openConnection(config, { log });
const { filesUrl, secretKeys } = config;
const kinds = taskKinds({ files: openFileStore(filesUrl), secretKeys, exportedLists });
const worker = startTaskWorker({ database, log }, kinds, { maxIdleMs: MAX_IDLE_MS });
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => void worker.stop());
await worker.ended;
await stop();
process.exit(0);

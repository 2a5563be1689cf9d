import os from 'node:os';
import { readConfig, withEnvFile } from './config.ts';
import { joinConnection, verifyConnection } from './database/connect.ts';
import { schemaProblem } from './database/current-schema.ts';
import { onWakeUp, wake, type QueueTable } from './database/queue.ts';
import { emailQueue } from './domain/email/queue-email.ts';
import { paymentQueue } from './domain/payment/gateway-payment.ts';
import { openFileStore } from './files/file-store.ts';
import { createLog } from './log.ts';
import { exportedLists } from './operations/list-exports.ts';
import { startTaskWorker, taskKinds } from './tasks/task-worker.ts';

// The process of background tasks, which tasks/start-task-process.ts starts.

/** Longer than a tenant that could not be served has to wait. */
const MAX_IDLE_MS = 6_000;
const MAX_CLOSE_MS = 2_000;
/** Pages and emails come first. */
const NICENESS = 10;

// The parent has ended.
process.on('disconnect', () => process.exit(1));
if (!process.connected) process.exit(1);
// From a terminal, also to the parent, which then stops this process.
process.on('SIGINT', () => {});
os.setPriority(Math.max(NICENESS, os.getPriority()));

const [, , PORTAL_CLOCK] = process.argv;
const config = readConfig(withEnvFile({ ...process.env, PORTAL_CLOCK }));
const log = createLog(config.production ? 'info' : 'warn');
const connection = await joinConnection(config, { log });
if (!connection) process.exit(1);
const { database } = connection;
await verifyConnection(connection, config, {});
// The program on disk may be a newer one.
const problem = await schemaProblem(database);
if (problem !== null) throw new Error(`The schema is not that of this version: ${problem}`);

const { filesUrl, secretKeys } = config;
const kinds = taskKinds({ files: openFileStore(filesUrl), secretKeys, exportedLists });
const worker = startTaskWorker({ database, log }, kinds, { maxIdleMs: MAX_IDLE_MS });
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => void worker.stop());
process.on('message', (table: QueueTable) => wake(table));
for (const queue of [emailQueue, paymentQueue])
  onWakeUp(queue, () => process.send!(queue.table, () => undefined));
await worker.ended;
// A dead connection would hold the end.
setTimeout(() => process.exit(0), MAX_CLOSE_MS).unref();
await connection.stop();
process.exit(0);

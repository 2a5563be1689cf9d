import { expect } from 'chai';
import { createLog } from '../../src/log.ts';
import { exportedLists } from '../../src/operations/list-exports.ts';
import { runTaskSlot } from '../../src/tasks/run-task.ts';
import { taskKinds } from '../../src/tasks/task-worker.ts';
import { findAuditEvents } from '../support/audit.ts';
import { createStaff, createTenant, type TestPerson, type TestTenant } from '../support/factories.ts';
import { fileStoreOf } from '../support/exports.ts';
import { findImportRow, insertImport, queueCheck, queueImport, queueUndo } from '../support/import-tasks.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { changeTask, findTaskRow } from '../support/tasks.ts';

describe('An import of which each slot has one batch', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let staff: TestPerson;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    staff = await createStaff(portal, tenant);
  });
  after(() => portal.close());

  const runSlots = async (task: string) => {
    const kinds = taskKinds({ files: fileStoreOf(portal), secretKeys: [], exportedLists });
    const deps = { database: portal.database, log: createLog('silent'), kinds };
    for (let slot = 0; slot < 20; slot++) {
      const { state } = await findTaskRow(portal, task);
      if (state !== 'queued' && state !== 'running') break;
      await changeTask(portal, task, { due_at: new Date(0) });
      await runTaskSlot(deps, tenant.id, { isStopping: () => true });
    }
    return findTaskRow(portal, task);
  };

  it('ends its check, its import and its undo as done', async () => {
    const id = await insertImport(portal, tenant, staff.id, 'email,first_name\na@example.com,Ann\n');
    const checked = await runSlots(await queueCheck(portal, tenant, staff.id, id));
    expect(checked).to.deep.include({ state: 'done', error: null, result: { rows: 1, errors: 0 } });
    const imported = await runSlots(await queueImport(portal, tenant, staff.id, id));
    expect(imported).to.deep.include({ state: 'done', result: { created: 1, updated: 0, failed: 0 } });
    const undone = await runSlots(await queueUndo(portal, tenant, staff.id, id));
    expect(undone).to.deep.include({ state: 'done', result: { undone: 1, skipped: 0 } });
    expect((await findImportRow(portal, id)).state).to.equal('undone');
    expect(await findAuditEvents(portal, tenant, 'task.failed')).to.eql([]);
    expect(await findAuditEvents(portal, tenant, 'import.finished')).to.have.length(1);
  });

  it('ends the check of an unreadable file as done', async () => {
    const rows = Array.from({ length: 3_000 }, (_, n) => `long.address.${n}@example.com,Ann the ${n}th`);
    const text = `email,first_name\n${rows.join('\n')}\nb@example.com,"Ben\n`;
    const id = await insertImport(portal, tenant, staff.id, text);
    expect(await runSlots(await queueCheck(portal, tenant, staff.id, id))).to.include({ state: 'done' });
    expect(await findImportRow(portal, id)).to.include({ state: 'failed' });
  });
});

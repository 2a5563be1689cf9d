import { expect } from 'chai';
import { findAuditEvents } from '../support/audit.ts';
import { createStaff, createTenant, type TestPerson, type TestTenant } from '../support/factories.ts';
import {
  findImportRow,
  insertImport,
  listImportRows,
  queueCheck,
  queueImport,
  queueUndo,
  runSlot,
} from '../support/import-tasks.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { findTaskRow } from '../support/tasks.ts';

describe('An import of which each slot has one batch', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let staff: TestPerson;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    staff = await createStaff(portal, tenant);
  });

  const runSlots = async (task: string) => {
    for (let slot = 0; slot < 20; slot++) {
      const { state } = await findTaskRow(portal, task);
      if (state !== 'queued' && state !== 'running') break;
      await runSlot(portal, tenant.id, task);
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

  it('deletes the rows of an earlier check in batches before it checks again', async () => {
    const id = await insertImport(portal, tenant, staff.id, 'email,first_name\na@example.com,Ann\n');
    await runSlots(await queueCheck(portal, tenant, staff.id, id));
    await sql(
      portal,
      `insert into import_rows (tenant_id, import_id, line, verdict, target_name)
       select $1, $2, 3 + 2 * n, 'error', 'earlier' from generate_series(0, 11999) n`,
      [tenant.id, id],
    );
    const task = await queueCheck(portal, tenant, staff.id, id);
    const left = [];
    for (let slot = 0; slot < 4; slot++) {
      left.push((await listImportRows(portal, id)).map(({ target_name }) => target_name));
      await runSlot(portal, tenant.id, task);
    }
    expect(left.map(({ length }) => length)).to.eql([12_001, 7_001, 2_001, 0]);
    expect(await runSlots(task)).to.deep.include({ state: 'done', result: { rows: 1, errors: 0 } });
    expect((await listImportRows(portal, id)).map(({ target_name }) => target_name)).to.eql(['Ann']);
  });

  it('ends the check of an unreadable file as done', async () => {
    const rows = Array.from({ length: 3_000 }, (_, n) => `long.address.${n}@example.com,Ann the ${n}th`);
    const text = `email,first_name\n${rows.join('\n')}\nb@example.com,"Ben\n`;
    const id = await insertImport(portal, tenant, staff.id, text);
    expect(await runSlots(await queueCheck(portal, tenant, staff.id, id))).to.include({ state: 'done' });
    expect(await findImportRow(portal, id)).to.include({ state: 'failed' });
  });
});

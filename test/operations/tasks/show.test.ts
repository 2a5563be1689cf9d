import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { findEventsOf } from '../../support/audit.ts';
import { createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { changeTask, findTaskRow, queueTestTask, type TaskRow } from '../../support/tasks.ts';
import { Visitor } from '../../support/visitor.ts';

describe('A task', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const createTask = async (columns: Partial<TaskRow> = {}) => {
    const id = await queueTestTask(portal, tenant, manager.person.id);
    if (Object.keys(columns).length > 0) await changeTask(portal, id, columns);
    return id;
  };
  const showTask = async (columns: Partial<TaskRow> = {}) =>
    manager.visit(`/tasks/${await createTask(columns)}`);
  const finished = { finished_at: new Date(), started_at: new Date(), due_at: null };

  describe('GET /tasks/:id', () => {
    it('shows a queued task without a known total and refreshes', async () => {
      const page = await showTask();
      expect(page.h1).to.equal('Update the search for users');
      expect(page.title).to.include('Update the search for users');
      expect(page.text).to.include('Waiting to start').and.include(manager.person.name);
      expect(page.find('progress')!.hasAttribute('value')).to.equal(false);
      expect(page.headers['refresh']).to.match(/^3; url=/);
    });

    it('shows the progress of a running task and refreshes', async () => {
      const page = await showTask({ state: 'running', done: 1_200, total: 100_000, started_at: new Date() });
      const bar = page.find('progress')!;
      expect(bar.getAttribute('value')).to.equal('1200');
      expect(bar.getAttribute('max')).to.equal('100000');
      expect(page.text).to.include('1,200 of 100,000 done');
      expect(page.headers['refresh']).to.match(/^3; url=/);
    });

    it('stops refreshing five minutes after the user opened it, and then links to itself', async () => {
      const id = await createTask();
      const url = (await manager.visit(`/tasks/${id}`)).headers['refresh']!.split('url=')[1]!;
      expect(url).to.match(new RegExp(`^/tasks/${id}\\?until=\\d+$`));
      const until = Number(url.split('until=')[1]);
      expect(until - Date.now()).to.be.within(280_000, 300_000);
      const refreshed = await manager.visit(url);
      expect(refreshed.headers['refresh']).to.equal(`3; url=${url}`);
      expect(refreshed.text).to.include('This page updates');
      const stopped = await manager.visit(`/tasks/${id}?until=${Date.now() - 1}`);
      expect(stopped.headers['refresh']).to.equal(undefined);
      expect(stopped.text).not.to.include('This page updates');
      expect(stopped.find(`a[href="/tasks/${id}"]`)!.textContent).to.equal('Refresh');
    });

    it('refreshes for five minutes when the end in the address is unreadable or later', async () => {
      const id = await createTask();
      for (const until of ['never', '1&until=2', String(Date.now() + 3_600_000)]) {
        const { headers } = await manager.visit(`/tasks/${id}?until=${until}`);
        expect(Number(headers['refresh']?.split('until=')[1]) - Date.now()).to.be.within(280_000, 300_000);
      }
    });

    it('says that a failed attempt is retried', async () => {
      const page = await showTask({ state: 'queued', done: 5, total: 10, error: 'unexpected' });
      expect(page.flashes.join()).to.include('retried automatically');
    });

    it('shows the result of a finished task and does not refresh', async () => {
      const page = await showTask({
        ...finished,
        state: 'done',
        done: 10,
        total: 10,
        result: { changed: 3 },
      });
      expect(page.text).to.include('Rows changed: 3').and.include('Finished');
      expect(page.headers['refresh']).to.equal(undefined);
      expect(page.html).not.to.include('Cancel task');
    });

    it('says that queued emails are still sent when sending them was cancelled', async () => {
      const cancelled = { ...finished, state: 'cancelled', kind: 'bulk-action', done: 5, total: 10 } as const;
      const input = (action: string) => ({ ...cancelled, input: { action, title: 'Selected users' } });
      const page = await showTask(input('send-message'));
      expect(page.text).to.include('Emails that were queued before it was cancelled are still sent.');
      expect((await showTask(input('disable'))).text).not.to.include('are still sent');
    });

    it('shows the error of a failed task and does not refresh', async () => {
      const page = await showTask({ ...finished, state: 'failed', error: 'interrupted' });
      expect(page.flashes.join()).to.include('interrupted too often');
      expect(page.headers['refresh']).to.equal(undefined);
    });

    for (const total of [null, 0])
      it(`shows a full bar for a finished task with the total ${total}`, async () => {
        const page = await showTask({ ...finished, state: 'done', total, result: { changed: 0 } });
        const bar = page.find('progress')!;
        expect([bar.getAttribute('value'), bar.getAttribute('max')]).to.eql(['1', '1']);
      });

    for (const error of ['of a newer version', 'constructor'])
      it(`shows the text of an unexpected error for the unknown code "${error}"`, async () => {
        const page = await showTask({ ...finished, state: 'failed', error });
        expect(page.flashes.join()).to.include('An unexpected error stopped it.');
      });

    it('shows a task of a kind that this version does not know', async () => {
      const id = await createTask();
      await sql(portal, `update tasks set kind = 'later' where id = $1`, [id]);
      expect((await manager.visit(`/tasks/${id}`)).h1).to.equal('later');
    });

    it('redirects anonymous users to the login page', async () => {
      const visitor = new Visitor(portal, tenant.operations);
      expect((await visitor.visit(`/tasks/${await createTask()}`)).path).to.equal('/login');
    });
  });

  describe('POST /tasks/:id/cancellation', () => {
    it('cancels an unfinished task and records it', async () => {
      const id = await createTask({ state: 'running', done: 5, total: 10 });
      const page = await (await manager.visit(`/tasks/${id}`)).submit('Cancel task');
      expect(page.path).to.equal(`/tasks/${id}`);
      expect(page.flashes.join()).to.include('The task was cancelled.');
      expect(page.text).to.include('5 of 10');
      expect(await findTaskRow(portal, id)).to.include({ state: 'cancelled', due_at: null });
      const [event] = await findEventsOf(portal, id);
      expect(event).to.include({ event: 'task.cancelled', actor_name: manager.person.name });
    });

    it('does not change a task that has already finished', async () => {
      const id = await createTask();
      const page = await manager.visit(`/tasks/${id}`);
      await changeTask(portal, id, { ...finished, state: 'done', result: { changed: 0 } });
      expect((await page.submit('Cancel task')).flashes.join()).to.include('had already finished');
      expect((await findTaskRow(portal, id)).state).to.equal('done');
      expect(await findEventsOf(portal, id)).to.eql([]);
    });
  });

  it("returns 404 for another user's task, another tenant's task and an unknown task", async () => {
    const staff = await signedInStaff(portal, tenant);
    const foreign = await signedInStaff(portal, await createTenant(portal));
    const id = await createTask();
    const page = await staff.visit('/tasks');
    for (const each of [id, await queueTestTask(portal, tenant, null), newId()]) {
      expect((await staff.get(`/tasks/${each}`)).status).to.equal(404);
      expect((await staff.postFrom(page, `/tasks/${each}/cancellation`, {})).status).to.equal(404);
    }
    expect((await foreign.get(`/tasks/${id}`)).status).to.equal(404);
    const theirs = await foreign.visit('/tasks');
    expect((await foreign.postFrom(theirs, `/tasks/${id}/cancellation`, {})).status).to.equal(404);
    expect((await findTaskRow(portal, id)).state).to.equal('queued');
  });
});

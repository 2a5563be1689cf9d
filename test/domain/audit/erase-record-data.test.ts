import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { newId } from '../../../src/database/new-id.ts';
import { eraseRecordData } from '../../../src/domain/audit/erase-record-data.ts';
import { insertDocument } from '../../support/documents.ts';
import {
  createCompany,
  createCustomer,
  createStaff,
  createTenant,
  signedInStaff,
} from '../../support/factories.ts';
import {
  insertImport,
  listImportRows,
  queueCheck,
  queueImport,
  runImports,
} from '../../support/import-tasks.ts';
import { TestAccount } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('eraseRecordData', () => {
  let portal: TestPortal;
  before(async () => {
    portal = await sharedPortal();
  });

  it('deletes notes, documents and what imports hold about one customer, and nothing of others', async () => {
    const tenant = await createTenant(portal);
    const staff = await createStaff(portal, tenant);
    const people = [await createCustomer(portal, tenant), await createCustomer(portal, tenant)] as const;
    const [ada, ben] = people;
    for (const { id: user_id } of people) {
      await insertDocument(portal, tenant, { owner: { user_id }, uploaded_by: staff.id });
      await inTenant(portal.database, tenant.id, (db) =>
        db.insertInto('notes', { id: newId(), user_id, author_id: staff.id, text: 'Calls at noon' }),
      );
    }
    const file = `email,phone\n${people.map(({ email }) => `${email},+44 20 7946 0000`).join('\n')}\n`;
    const id = await insertImport(portal, tenant, staff.id, file);
    await queueCheck(portal, tenant, staff.id, id);
    await runImports(portal);
    await queueImport(portal, tenant, staff.id, id);
    await runImports(portal);

    await inTenant(portal.database, tenant.id, (db) => eraseRecordData(db, ada.id));
    for (const table of ['notes', 'documents'])
      expect(await sql(portal, `select user_id from ${table} where tenant_id = $1`, [tenant.id])).to.eql([
        { user_id: ben.id },
      ]);
    const expired = await sql(
      portal,
      `select count(*)::int as count from files where tenant_id = $1 and expires_at <= now()`,
      [tenant.id],
    );
    expect(expired).to.eql([{ count: 1 }]);
    const [storage] = await sql<{ is_same: boolean }>(
      portal,
      `select byte_count = (select sum(byte_count) from documents where tenant_id = $1) as is_same
       from document_storage where tenant_id = $1`,
      [tenant.id],
    );
    expect(storage).to.eql({ is_same: true });
    const [first, second] = await listImportRows(portal, id);
    expect(JSON.stringify(first)).to.not.include('7946').and.not.include(ada.email).and.not.include(ada.name);
    expect(first!.target_id).to.equal(ada.id);
    expect(second!.changes).to.eql({ phone: [null, '+44 20 7946 0000'] });
  });

  it('empties the comments on invoices and short payments that the customer wrote, and keeps those of others', async () => {
    const tenant = await createTenant(portal);
    const [ada, ben] = [await createCustomer(portal, tenant), await createCustomer(portal, tenant)];
    const account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
    const { id: invoice_id } = await account.issue(7_00n);
    await inTenant(portal.database, tenant.id, async (db) => {
      for (const author of [ada, ben])
        await db.insertInto('invoice_comments', {
          id: newId(),
          invoice_id,
          author_id: author.id,
          body: `Call ${author.name}`,
        });
    });
    const { rows: shorts } = await portal.owner.query<{ id: string }>(
      `insert into short_payments (tenant_id, id, billing_account_id, invoice_id, amount_cents, reason, status, opened_by, comment)
       select i.tenant_id, gen_random_uuid(), i.billing_account_id, i.id, 100, 'Price', 'cancelled', author, 'Ask me'
       from invoices i, unnest($2::uuid[]) as author where i.id = $1 returning id`,
      [invoice_id, [ada.id, ben.id]],
    );
    await inTenant(portal.database, tenant.id, (db) => eraseRecordData(db, ada.id));
    const comments = await sql(portal, 'select author_id, body from invoice_comments where invoice_id = $1', [
      invoice_id,
    ]);
    expect(comments).to.have.deep.members([
      { author_id: ada.id, body: '' },
      { author_id: ben.id, body: `Call ${ben.name}` },
    ]);
    const kept = await sql(portal, 'select opened_by, comment from short_payments where id = any($1)', [
      shorts.map(({ id }) => id),
    ]);
    expect(kept).to.have.deep.members([
      { opened_by: ada.id, comment: null },
      { opened_by: ben.id, comment: 'Ask me' },
    ]);
    const manager = await signedInStaff(portal, tenant);
    expect((await manager.visit(`/invoices/${invoice_id}`)).text).to.include('The text was erased.');
  });
});

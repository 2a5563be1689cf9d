import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createStaffRole,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { merge, PersonAccount } from '../../support/merges.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { Page } from '../../support/page.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql, userRow } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

const hrefsOf = (page: Page) => page.findAll('a[href]').map((link) => link.getAttribute('href')!);

describe('Merge of users', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const twoOf = async (last_name: string) =>
    [
      await createCustomer(portal, tenant, { first_name: 'Ada', last_name }),
      await createCustomer(portal, tenant, { first_name: 'Ada', last_name }),
    ] as const;

  const preview = (id: string, other: string) => manager.visit(`/users/${id}/merge?with=${other}`);

  it('begins in the menu of a user with the users of the same name', async () => {
    const [ada, twin] = await twoOf('Twin');
    const page = await (await manager.visit(`/users/${ada.id}`)).follow('Merge');
    expect(page.h1).to.equal(`Merge another user into ${ada.name}`);
    expect(hrefsOf(page)).to.include(`/users/${ada.id}/merge?with=${twin.id}`);
    expect(hrefsOf(page)).not.to.include(`/users/${ada.id}/merge?with=${ada.id}`);
  });

  it('finds the other user by email address and by id', async () => {
    const [ada] = await twoOf('Seeker');
    const bob = await createCustomer(portal, tenant);
    for (const q of [bob.email, bob.id]) {
      const page = await manager.visit(`/users/${ada.id}/merge?q=${encodeURIComponent(q)}`);
      expect(hrefsOf(page), q).to.include(`/users/${ada.id}/merge?with=${bob.id}`);
    }
    const none = await manager.visit(`/users/${ada.id}/merge?q=qqqqqqqq`);
    expect(none.text).to.include('No other users match');
  });

  it('shows every record that moves, with links', async () => {
    const company = await createCompany(portal, tenant, { name: 'Engines & Sons' });
    const ada = await createCustomer(portal, tenant);
    const bob = await createCustomer(portal, tenant, { company });
    const account = new PersonAccount(portal, tenant, bob);
    const invoice = await account.issue(100_00n);
    await new PersonAccount(portal, tenant, ada).issue(5_00n);
    const page = await preview(ada.id, bob.id);
    expect(page.text).to.include('Engines & Sons').and.include(invoice.label!);
    expect(hrefsOf(page))
      .to.include(`/invoices/${invoice.id}`)
      .and.include(`/customers/companies/${company.id}`);
    expect(page.text).to.include('This account is closed').and.include('Open $100.00');
    expect(hrefsOf(page)).to.include(`/users/${bob.id}/merge?with=${ada.id}`);
  });

  it('shows the day, the amount and the reference of payments', async () => {
    const [ada, bob] = await twoOf('Payer');
    const account = new PersonAccount(portal, tenant, bob);
    await account.pay(12_50n);
    await sql(
      portal,
      `update payments set reference = 'BACS 77', received_on = '2026-03-04' where tenant_id = $1`,
      [tenant.id],
    );
    await account.pay(3_00n);
    await sql(
      portal,
      `update payments set reference = null, received_on = '2026-03-05' where tenant_id = $1 and amount_cents = 300`,
      [tenant.id],
    );
    const page = await preview(ada.id, bob.id);
    expect(page.text)
      .to.include('Mar 4, 2026 · $12.50 · BACS 77')
      .and.match(/Mar 5, 2026 · \$3\.00(?! ·)/);
  });

  it('merges, and shows the history of both', async () => {
    const [ada, bob] = await twoOf('Once');
    await (
      await manager.visit(`/users/${bob.id}/history`)
    ).submit('Add comment', { comment: 'Prefers the phone' });
    const page = await (await preview(ada.id, bob.id)).submit('Merge');
    expect(page.flashes).to.eql([`${bob.name} was merged into ${ada.name}.`]);
    expect(page.path).to.equal(`/users/${ada.id}`);
    expect(page.text).to.include('User merged').and.include('Comment added');
    const history = await manager.visit(`/users/${ada.id}/history`);
    expect(history.text).to.include('User merged').and.include('Prefers the phone');
    const [event] = (await findAuditEvents(portal, tenant, 'user.merged')).filter(
      ({ changes }) => changes['merged_user'] === bob.name,
    );
    expect(event).to.include({ actor_name: manager.person.name, target_name: ada.name });
  });

  it('lets old addresses open the user who stays, also after several merges', async () => {
    const [ada, bob] = await twoOf('Chain');
    const eve = await createCustomer(portal, tenant);
    await merge(portal, tenant, ada.id, bob.id);
    await merge(portal, tenant, eve.id, ada.id);
    for (const id of [ada.id, bob.id])
      for (const rest of [
        '',
        '/edit',
        '/units',
        '/invoices',
        '/statements',
        '/documents',
        '/notes',
        '/history?x=1',
      ]) {
        const response = await manager.get(`/users/${id}${rest}`);
        expect([response.status, response.headers['location']], rest).to.eql([
          303,
          `/users/${eve.id}${rest}`,
        ]);
      }
  });

  it('redirects a form of the merged user without saving it', async () => {
    const [ada, bob] = await twoOf('Form');
    const form = await manager.visit(`/users/${bob.id}/edit`);
    await merge(portal, tenant, ada.id, bob.id);
    const page = await form.submit('Save changes', { first_name: 'Lost' });
    expect(page.path).to.equal(`/users/${ada.id}`);
    expect(page.flashes).to.eql(['This user was merged into another. What you sent was not saved.']);
    expect(await userRow(portal, ada.id)).to.include({ first_name: 'Ada' });
  });

  it('does nothing when the form is sent twice', async () => {
    const [ada, bob] = await twoOf('Double');
    const form = await preview(ada.id, bob.id);
    await form.submit('Merge');
    const again = await form.submit('Merge');
    expect(again.flashes).to.eql([`That user had been merged into ${ada.name} already.`]);
    expect(again.path).to.equal(`/users/${ada.id}`);
    const opened = await manager.get(`/users/${ada.id}/merge?with=${bob.id}`);
    expect([opened.status, opened.headers['location']]).to.eql([303, `/users/${ada.id}`]);
  });

  it('shows the statements of a closed account', async () => {
    const [ada, bob] = await twoOf('Closed');
    await new PersonAccount(portal, tenant, ada).issue(5_00n);
    await new PersonAccount(portal, tenant, bob).issue(100_00n);
    await merge(portal, tenant, ada.id, bob.id);
    const page = await manager.visit(`/users/${ada.id}/statements`);
    expect(page.text).to.include('closed by a merge');
    const [closed] = await sql<{ id: string }>(
      portal,
      'select id from billing_accounts where user_id = $1 and closed_at is not null',
      [ada.id],
    );
    const link = hrefsOf(page).find(
      (href) => href.includes(`account=${closed!.id}`) && href.includes('/csv'),
    )!;
    const csv = await manager.get(link);
    expect(csv.text).to.include('Balance of a merged account').and.include('100.00');
    const foreign = await createCustomer(portal, tenant);
    const month = new URLSearchParams(link.split('?')[1]).get('month');
    const other = await manager.get(
      `/users/${foreign.id}/statements/csv?month=${month}&account=${closed!.id}`,
    );
    expect(other.status).to.equal(404);
  });

  it('is not offered while a payment is on its way, and refused', async () => {
    const [ada, bob] = await twoOf('Paying');
    await new PersonAccount(portal, tenant, bob).issue(100_00n);
    const form = await preview(ada.id, bob.id);
    await insertPayment(bob.id);
    const refused = await form.submit('Merge');
    expect(refused.status).to.equal(422);
    expect(refused.text).to.include('A payment of these users is on its way');
    expect(refused.buttons).not.to.include('Merge');
    expect(await userRow(portal, bob.id)).to.include({ id: bob.id });
  });

  it('is refused when a user was changed after the page was opened', async () => {
    const [ada, bob] = await twoOf('Stale');
    const form = await preview(ada.id, bob.id);
    await sql(portal, 'update users set version = version + 1 where id = $1', [bob.id]);
    const refused = await form.submit('Merge');
    expect(refused.status).to.equal(422);
    expect(refused.text).to.include('One of the two users was changed');
    const merged = await refused.submit('Merge');
    expect(merged.flashes).to.eql([`${bob.name} was merged into ${ada.name}.`]);
  });

  it('is refused with oneself and without another user', async () => {
    const [ada] = await twoOf('Alone');
    const same = await manager.visit(`/users/${ada.id}/merge?with=${ada.id}`);
    expect(same.text).to.include('A user cannot be merged with themselves');
    const page = await manager.visit(`/users/${ada.id}`);
    for (const other_id of [ada.id, '', 'no-id']) {
      const response = await manager.postFrom(page, `/users/${ada.id}/merge`, {
        other_id,
        version: '1',
        other_version: '1',
      });
      expect(response.status, other_id).to.equal(422);
    }
    const forged = await manager.postFrom(page, `/users/${ada.id}/merge`, {
      other_id: ada.id,
      tenant_id: ada.id,
    });
    expect(forged.status).to.equal(400);
  });

  it('finds no users of another tenant', async () => {
    const [ada] = await twoOf('Foreign');
    const foreign = await createCustomer(portal, await createTenant(portal));
    expect((await manager.get(`/users/${ada.id}/merge?with=${foreign.id}`)).status).to.equal(404);
    expect((await manager.get(`/users/${foreign.id}/merge`)).status).to.equal(404);
    const page = await manager.visit(`/users/${ada.id}`);
    const versions = { version: '1', other_version: '1' };
    for (const [id, other_id] of [
      [ada.id, foreign.id],
      [foreign.id, ada.id],
    ] as const) {
      const response = await manager.postFrom(page, `/users/${id}/merge`, { other_id, ...versions });
      expect(response.status).to.equal(404);
    }
    expect(await userRow(portal, foreign.id)).to.include({ id: foreign.id });
  });

  it('requires the permission, which Operations have not, and the login', async () => {
    const [ada, bob] = await twoOf('Guarded');
    for (const role of ['operations', 'driver']) {
      const staff = await signedInStaff(portal, tenant, role);
      expect((await staff.get(`/users/${ada.id}/merge?with=${bob.id}`)).status, role).to.equal(403);
      const page = await staff.visit(`/users/${ada.id}`);
      expect(hrefsOf(page)).not.to.include(`/users/${ada.id}/merge`);
      const response = await staff.postFrom(page, `/users/${ada.id}/merge`, { other_id: bob.id });
      expect(response.status, role).to.equal(403);
    }
    const anonymous = new Visitor(portal, tenant.operations);
    expect((await anonymous.get(`/users/${ada.id}/merge`)).status).to.equal(303);
  });

  it('does not redirect staff who may not see users', async () => {
    const [ada, bob] = await twoOf('Hidden');
    await merge(portal, tenant, ada.id, bob.id);
    const role = await createStaffRole(portal, tenant, ['audit_log.view']);
    const staff = await signedInStaff(portal, tenant, role);
    expect((await staff.get(`/users/${bob.id}`)).status).to.equal(403);
  });

  async function insertPayment(userId: string): Promise<void> {
    await sql(
      portal,
      `with g as (insert into gateways (tenant_id, id, service, mode) values ($2, gen_random_uuid(), 'sandbox', 'test') returning id)
       insert into payments (tenant_id, id, billing_account_id, direction, channel, status, amount_cents, currency, received_on, gateway_id)
       select b.tenant_id, gen_random_uuid(), b.id, 'in', 'sandbox', 'processing', 100, b.currency, current_date, g.id
       from billing_accounts b, g where b.user_id = $1`,
      [userId, tenant.id],
    );
  }
});

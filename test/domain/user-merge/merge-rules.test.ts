import { expect } from 'chai';
import { accountRules, mergeRules, referencesWith } from '../../../src/domain/user-merge/merge-rules.ts';
import { seedTenant } from '../../architecture/seed-tenant.ts';
import { createCustomer } from '../../support/factories.ts';
import { listForeignKeysTo } from '../../support/foreign-keys.ts';
import { merge } from '../../support/merges.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

/** What a row with the reference has besides. */
const WITH: Record<string, string> = { 'notes.edited_by': ', edited_at = now()' };

describe('Rules of a merge', () => {
  let portal: TestPortal;

  before(async () => {
    portal = await sharedPortal();
  });

  for (const [table, rules] of [
    ['users', mergeRules],
    ['billing_accounts', accountRules],
  ] as const)
    it(`decide about every column with a foreign key to ${table}`, async () => {
      const keys = await listForeignKeysTo(portal, table);
      expect(keys.map(({ name }) => name)).to.eql(Object.keys(rules).sort());
    });

  it('move the rows of every table', async () => {
    const tenant = await seedTenant(portal, 'Rules');
    const { customer } = tenant;
    const ada = await createCustomer(portal, tenant, { terms: false });
    await sql(
      portal,
      'insert into user_aliases (tenant_id, id, user_id) values ($1, gen_random_uuid(), $2)',
      [tenant.id, customer.id],
    );
    // Also in columns that only staff fill.
    for (const [reference, count] of Object.entries(await countRows(customer.id))) {
      const [table, column] = reference.split('.');
      if (count === 0)
        await sql(portal, `update ${table} set ${column} = $1${WITH[reference] ?? ''} where tenant_id = $2`, [
          customer.id,
          tenant.id,
        ]);
    }
    const before = await countRows(customer.id);
    const merged = await merge(portal, tenant, ada.id, customer.id);
    expect(merged.ok).to.equal(true);

    const [left, moved] = [await countRows(customer.id), await countRows(ada.id)];
    const wrong: string[] = [];
    for (const [reference, rule] of Object.entries(mergeRules)) {
      if (before[reference] === 0 && rule !== 'removed') wrong.push(`${reference} has no row to move`);
      if (left[reference] !== 0) wrong.push(`${reference} still has the old id`);
      // The former table of custom values is emptied by a merge.
      const isMoved = rule !== 'removed' && reference !== 'custom_field_values.user_id';
      const isAlias = reference === 'user_aliases.user_id';
      const expected = isMoved ? before[reference]! + Number(isAlias) : 0;
      if (moved[reference] !== expected)
        wrong.push(`${reference}: ${moved[reference]} instead of ${expected}`);
    }
    expect(wrong).to.eql([]);
  });

  async function countRows(id: string): Promise<Record<string, number>> {
    const all = Object.keys(mergeRules).map((reference) => reference.split('.'));
    const counts = all.map(
      ([table, column]) =>
        `(select count(*)::int from ${table} where ${column} = $1) as "${table}.${column}"`,
    );
    return (await sql<Record<string, number>>(portal, `select ${counts.join(', ')}`, [id]))[0]!;
  }

  it('name references with table and column', () => {
    expect(referencesWith({ 'notes.user_id': 'moved', 'emails.user_id': 'kept' }, 'moved')).to.eql([
      ['notes', 'user_id'],
    ]);
  });
});

import { expect } from 'chai';
import type { Knex } from 'knex';
import * as codes from '../../migrations/20261127104100_normalise_codes_by_case_and_width.ts';
import * as backfills from '../../migrations/20261127104200_queue_backfills_of_folding.ts';
import { createCompany, createTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';

describe('Migrations to the folding of letters', () => {
  let portal: OwnPortal;
  let knex: Knex;

  before(async () => {
    portal = await startPortal();
    const raw = (text: string, values: unknown[] = []) => {
      let position = 0;
      return portal.owner.query(
        text.replace(/\?/g, () => `$${(position += 1)}`),
        values,
      );
    };
    knex = { raw } as unknown as Knex;
  });
  after(() => portal.close());

  it('store codes that differ by accents as different ones, and restore the former ones', async () => {
    const tenants = [await createTenant(portal), await createTenant(portal)];
    for (const tenant of tenants)
      for (const code of ['ÖL-1', 'がく', 'Plain-1', 'ＷＩＤＥ'])
        await createCompany(portal, tenant, { code });
    const stored = async () => {
      const rows = await sql(portal, 'select distinct code_norm from companies order by 1', []);
      return rows.map(({ code_norm }) => code_norm);
    };
    await codes.down(knex);
    expect(await stored()).to.have.members(['ol-1', 'かく', 'plain-1', 'wide']);
    await codes.up(knex);
    expect(await stored()).to.have.members(['öl-1', 'がく', 'plain-1', 'wide']);
  });

  it('queue a task of each tenant for users and companies, and delete them', async () => {
    const tenant = await createTenant(portal);
    const queued = () =>
      sql(portal, "select input->>'name' as name, state from tasks where tenant_id = $1 order by 1", [
        tenant.id,
      ]);
    await backfills.up(knex);
    expect(await queued()).to.eql([
      { name: 'fold-companies', state: 'queued' },
      { name: 'fold-users', state: 'queued' },
    ]);
    await backfills.down(knex);
    expect(await queued()).to.eql([]);
  });
});

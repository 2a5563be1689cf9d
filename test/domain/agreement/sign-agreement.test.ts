import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { newId } from '../../../src/database/new-id.ts';
import { actAs, systemActor } from '../../../src/domain/actor.ts';
import { findAgreementFor } from '../../../src/domain/agreement/agreement-queries.ts';
import { signAgreement } from '../../../src/domain/agreement/sign-agreement.ts';
import { completeMoveIn } from '../../../src/domain/rental/reservation.ts';
import { startDueReservations } from '../../../src/domain/rental/due-reservations.ts';
import { createCompany, createCustomer, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';

describe('signAgreement', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let rentals: TestRentals;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
  });

  const codeOf = (result: { ok: boolean; errors?: readonly { code: string }[] }) =>
    result.ok ? 'ok' : result.errors![0]!.code;

  const body = 'Agreement of {{customer}} on {{unit}} from {{start}} for {{price}}. {{unknown}}';
  const publish = (locale: string, number: number, text = body) =>
    inTenant(portal.database, tenant.id, async (db) => {
      await db.insertInto('agreement_versions', { id: newId(), locale, number, body: text });
    });
  const required = { is_agreement_required: true };

  const sign = async (id: string, values: { version?: string } = {}) => {
    const customer = await createCustomer(portal, tenant);
    return rentals.on(
      '2026-05-20',
      async (db, billing) => {
        const shown = await findAgreementFor(db, 'en');
        const actor = {
          ...actAs(systemActor('Tests'), { ...customer, audience: 'customer', name: 'Ann' }),
          ip: '192.0.2.7',
        };
        return signAgreement(db, actor, billing, {
          id,
          signed_name: 'Ann Lee',
          agreement_version_id: values.version ?? shown!.id,
          language: 'en',
        });
      },
      required,
    );
  };

  it('stores the text with its values, the name and the address, and starts the rental', async () => {
    await sql(portal, `update companies set billing_emails = '{pay@x.example}' where id = $1`, [
      rentals.company.id,
    ]);
    await publish('en', 1, 'Old');
    await publish('en', 2);
    const unit = await rentals.unit('U12');
    const { rental } = accepted(await rentals.moveIn('2026-05-20', { unit_id: unit.id, billing: required }));
    expect(rental.status).to.equal('reserved');
    accepted(await sign(rental.id));
    const { rows } = await portal.owner.query<Record<string, string | Buffer>>(
      'select body, body_sha256, signed_name, ip from agreements where rental_id = $1',
      [rental.id],
    );
    const text = `Agreement of ${rentals.company.name} on U12 from May 20, 2026 for $100.00. {{unknown}}`;
    expect(rows[0]).to.include({ body: text, signed_name: 'Ann Lee', ip: '192.0.2.7' });
    expect(rows[0]!['body_sha256']).to.eql(createHash('sha256').update(text).digest());
    expect(await rentals.rental(rental.id)).to.include({ status: 'active', unit_status: 'occupied' });
    expect(await emailedTemplates()).to.include('moveInCompleted');
    expect(codeOf(await sign(rental.id))).to.equal('agreement_signed');
  });

  const emailedTemplates = async () =>
    (
      await sql<{ template: string }>(portal, 'select template from emails where tenant_id = $1', [tenant.id])
    ).map(({ template }) => template);

  it('states the rent of the day of the signature', async () => {
    await publish('en', 1);
    const { rental } = accepted(await rentals.moveIn('2025-05-20'));
    await sql(
      portal,
      `insert into rental_prices (tenant_id, id, rental_id, effective_on, price_cents)
       values ($1, gen_random_uuid(), $2, '2025-07-20', 12000)`,
      [tenant.id, rental.id],
    );
    accepted(await sign(rental.id));
    const [agreement] = await sql<{ body: string }>(
      portal,
      'select body from agreements where rental_id = $1',
      [rental.id],
    );
    expect(agreement!.body).to.include('for $120.00');
  });

  it('is refused for another version than the latest', async () => {
    await publish('en', 1);
    const { rental } = accepted(await rentals.moveIn('2026-05-20', { billing: required }));
    expect(codeOf(await sign(rental.id, { version: newId() }))).to.equal('agreement_changed');
  });

  it('is needed before a reservation starts if the settings say so', async () => {
    await publish('en', 1);
    const { rental } = accepted(await rentals.moveIn('2026-05-20', { billing: required }));
    const complete = () =>
      rentals.on(
        '2026-05-20',
        (db, billing) => completeMoveIn(db, billingActor, billing, rental.id),
        required,
      );
    expect(codeOf(await complete())).to.equal('agreement_missing');
    const run = () => rentals.on('2026-05-20', (db, billing) => startDueReservations(db, billing), required);
    expect(await run()).to.equal(0);
    accepted(await sign(rental.id));
    expect(await rentals.rental(rental.id)).to.include({ status: 'active' });
  });
});

import { pick, selectRow } from '../../../src/database/columns.ts';
import type { Actor } from '../../../src/domain/actor.ts';
import type { Owner } from '../../../src/domain/billing-account/billing-account.ts';
import { addDays, type CivilDate } from '../../../src/domain/billing/civil-date.ts';
import { createInvoice, type InvoiceValues } from '../../../src/domain/invoice/draft-actions.ts';
import { addComment } from '../../../src/domain/invoice/invoice-actions.ts';
import { giveNotice } from '../../../src/domain/rental/notice.ts';
import { transferRental } from '../../../src/domain/rental/transfer.ts';
import { requestMoveOut, requestTransfer } from '../../../src/domain/request/send-request.ts';
import { listAvailableUnits } from '../../../src/domain/unit/unit-queries.ts';
import { found } from '../../../src/errors.ts';
import { listDemoCustomers } from './customers.ts';
import { accepted, demoActor, type DemoContext } from './demo-context.ts';
import { listActiveRentals, moveIn } from './storage-history.ts';

/** What staff have to do on the last day: reservations, notices, requests, a transfer, drafts and a comment. */
export async function endStorage(context: DemoContext, today: CivilDate): Promise<void> {
  const { db, random } = context;
  const billing = context.billingOn(today);
  const customers = random.shuffled(await listDemoCustomers(db));
  for (const [n, customer] of customers.slice(0, 5).entries())
    await moveIn(context, billing, customer, addDays(today, 3 + 4 * n));
  const rentals = random.shuffled(await listActiveRentals(db));
  for (const [n, { id }] of rentals.splice(0, 5).entries())
    accepted(await giveNotice(db, demoActor, billing, { id, ends_on: addDays(today, 12 + 6 * n) }));
  await sendRequests(context, today, rentals);
  await planTransfer(context, today, rentals);
  await addInvoices(context, today);
}

async function sendRequests(
  { db, random, billingOn }: DemoContext,
  today: CivilDate,
  rentals: Awaited<ReturnType<typeof listActiveRentals>>,
): Promise<void> {
  const billing = billingOn(today);
  const own = rentals.filter(({ user_id, starts_on }) => user_id !== null && starts_on < today);
  const [first, second, third] = own;
  for (const { id, user_id } of [first!, second!]) {
    const wanted_on = addDays(today, billing.notice_days + random.integer(1, 20));
    const values = { rental_id: id, wanted_on, comment: 'We are moving to another town.' };
    accepted(await requestMoveOut(db, customerActor(user_id!), billing, { user_id: user_id! }, values));
  }
  const owner: Owner = { user_id: third!.user_id! };
  const to = random.pick(await listAvailableUnits(db));
  const values = {
    rental_id: third!.id,
    wanted_on: addDays(today, billing.notice_days + 3),
    comment: 'A unit of this size suits me better.',
    to_unit_id: null,
    to_unit_type_id: to.unit_type_id,
  };
  accepted(await requestTransfer(db, customerActor(third!.user_id!), billing, owner, values));
}

/** Of a company, so that the staff see one that they can cancel. */
async function planTransfer(
  { db, billingOn }: DemoContext,
  today: CivilDate,
  rentals: Awaited<ReturnType<typeof listActiveRentals>>,
): Promise<void> {
  const rental = rentals.find(
    ({ company_id, starts_on, locked_out_at }) =>
      company_id !== null && starts_on < today && locked_out_at === null,
  );
  const [to] = await listAvailableUnits(db);
  accepted(
    await transferRental(db, demoActor, billingOn(today), {
      id: found(rental).id,
      to_unit_id: found(to).id,
      starts_on: addDays(today, 9),
      price: null,
      deposit: null,
    }),
  );
}

/** Invoices that customers with a demo login can pay, one with a question, and a draft for a company. */
async function addInvoices({ db, billingOn }: DemoContext, today: CivilDate): Promise<void> {
  const billing = billingOn(today);
  const { currency } = billing;
  const rate = await selectRow(
    db.from('tax_rates').where({ is_default: true }),
    pick('tax_rates', 'id', 'rate_ppm', 'is_inclusive'),
  );
  const item = (description: string, unit_cents: bigint, count: bigint) =>
    ({
      kind: 'item',
      description,
      unit_cents,
      quantity_milli: count * 1000n,
      tax_rate: found(rate),
    }) as const;
  const customers = await listDemoCustomers(db);
  const customerOf = (wanted: string) => found(customers.find(({ name }) => name === wanted));
  const create = async (
    name: string,
    values: Pick<InvoiceValues, 'lines' | 'due_on'>,
    po_number?: string,
  ) => {
    const customer = customerOf(name).key;
    const rest = { customer, currency, po_number: po_number ?? null, is_issued: values.due_on !== null };
    return accepted(await createInvoice(db, demoActor, billing, { ...values, ...rest })).invoice;
  };
  const ada = 'ada.obi@example.com';
  const boxes = [item('Padlock', 14_50n, 1n), item('Moving box', 2_40n, 10n)];
  const { id } = await create(ada, { lines: boxes, due_on: addDays(today, 14) });
  const body = 'Can I return the boxes that I did not use?';
  await addComment(db, customerActor(customerOf(ada).id), { id, body });
  const shelves = [item('Shelf, per metre', 8_75n, 12n)];
  await create('Bright & Daughters Catering', { lines: shelves, due_on: addDays(today, 7) });
  const trolley = [item('Trolley, per day', 6_00n, 4n)];
  await create('Harbour Lane Books', { lines: trolley, due_on: addDays(today, 10) });
  await create(
    'Kestrel Event Hire',
    { lines: [item('Forklift, per hour', 45_00n, 3n)], due_on: null },
    'KE-2207',
  );
}

function customerActor(id: string): Actor {
  return { ...demoActor, kind: 'customer', id };
}

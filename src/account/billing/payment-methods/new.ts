import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { openAccount } from '../../../domain/billing-account/billing-account.ts';
import { findBilling, getBilling, type Billing } from '../../../domain/billing/billing-settings.ts';
import { line } from '../../../domain/form/fields.ts';
import { code } from '../../../domain/form/parse-values.ts';
import { findActiveGateway, type GatewayRow } from '../../../domain/gateway/gateway-queries.ts';
import { GatewayRefused, type MethodType } from '../../../domain/gateway/gateway.ts';
import { listBalances } from '../../../domain/invoice/invoice-queries.ts';
import { mandateSchema, needsMandate, signMandate } from '../../../domain/payment-method/mandate.ts';
import { addMethod, openMethodPage } from '../../../domain/payment-method/payment-method-actions.ts';
import { tenantUrls } from '../../../domain/tenant/tenant.ts';
import { found, NotFound } from '../../../errors.ts';
import { contextPath, ownerOf } from '../../../http/customer-context.ts';
import { emptyForm, parseForm, submittedText, withErrors, type Form } from '../../../http/form.ts';
import { createOnce } from '../../../http/form-key.ts';
import { may } from '../../../http/guards.ts';
import { localeOf, translateFor } from '../../../http/render-page.ts';

export const newPaymentMethod = Router({ mergeParams: true });

/** The other types of a gateway have no words here. */
const offeredTypes = ['card', 'us_bank_account', 'sepa_debit'] as const satisfies readonly MethodType[];

/** Bank accounts are debited in the currency of their country. */
const currencyOf: Partial<Record<MethodType, string>> = { us_bank_account: 'USD', sepa_debit: 'EUR' };

const methodSchema = z.object({ type: z.enum(offeredTypes, code('invalid')), currency: line(3) });

newPaymentMethod.get('/new', may('payment_details.edit'), (req, res) => showNew(req, res, emptyForm));

newPaymentMethod.post('/', may('payment_details.edit'), async (req, res) => {
  const isSigned = needsMandate(submittedText(req.body, 'type') as MethodType);
  const schema = isSigned ? methodSchema.extend(mandateSchema.shape) : methodSchema;
  const form = parseForm(schema, req.body);
  const refused = await createOnce(
    req,
    res,
    'payment_method',
    async (db) => {
      if (!form.ok) return form;
      const { type, currency } = form.values;
      const billing = await getBilling(db);
      const gateway = found(await findActiveGateway(db));
      const balances = await listBalances(db, ownerOf(req));
      requireOffered(await offeredBy(req, gateway), currenciesOf(billing, balances), { type, currency });
      const account = await openAccount(db, ownerOf(req), currency);
      const id = await addMethod(db, req.actor, { account_id: account.id, gateway_id: gateway.id, type });
      if ('signed_name' in form.values)
        await signMandate(db, req.actor, billing, {
          billing_account_id: account.id,
          payment_method_id: id,
          text: mandateText(req, billing),
          locale: localeOf(req),
          signed_name: form.values.signed_name as string,
        });
      return { ok: true as const, id };
    },
    ({ id }) => pathOf(req, id),
    ({ id }) => openMethodPage(req.chargeDeps, req.tenant.id, id, pagesOf(req, id)),
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

function pathOf(req: Request, id: string): string {
  return `${contextPath(req)}/billing/payment-methods/${id}`;
}

function pagesOf(req: Request, id: string) {
  const { portal_url } = tenantUrls(req.tenant, req.chargeDeps.config);
  return {
    returnUrl: `${portal_url}${pathOf(req, id)}?returned=1`,
    cancelUrl: `${portal_url}${contextPath(req)}/billing`,
    locale: localeOf(req),
  };
}

/** @throws {NotFound} for what the page does not offer */
function requireOffered(
  types: readonly MethodType[],
  currencies: readonly string[],
  { type, currency }: z.infer<typeof methodSchema>,
): void {
  const needed = currencyOf[type] ?? currency;
  if (!types.includes(type) || !currencies.includes(currency) || needed !== currency)
    throw new NotFound('Not offered');
}

/** None if the service cannot be used here. */
async function offeredBy(req: Request, row: GatewayRow): Promise<readonly MethodType[]> {
  try {
    const { abilities } = await req.chargeDeps.openGateway(req.tenant.id, row);
    return offeredTypes.filter((type) => abilities.methodTypes.includes(type));
  } catch (error) {
    if (error instanceof GatewayRefused) return [];
    throw error;
  }
}

/** Of the accounts, or of the first one. */
function currenciesOf(billing: Billing, balances: readonly { currency: string }[]): string[] {
  return balances.length > 0 ? balances.map(({ currency }) => currency) : [billing.currency];
}

/** What is signed. It is stored as it was read. */
function mandateText(req: Request, { seller }: Billing): string {
  const t = translateFor(req);
  const { contact_email, contact_phone } = req.tenant;
  const contact = [contact_email, contact_phone].filter(Boolean).join(' · ') || seller.name;
  const params = { tenant: seller.name, contact };
  return [
    t('I authorise {tenant} to debit the bank account that I enter on the next page.', params),
    t(
      'Each debit is the open amount of one or more invoices that {tenant} has sent me before. It is made on the day on which an invoice is due, on a day that I choose, or within 10 days after it.',
      params,
    ),
    t(
      'This authorisation is valid until I revoke it. I can revoke it at any time by removing the bank account from my payment details, or by contacting {tenant}: {contact}.',
      params,
    ),
  ].join(' ');
}

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [billing, balances, gateway] = await req.readTenant((db) => [
    findBilling(db),
    listBalances(db, ownerOf(req)),
    findActiveGateway(db),
  ]);
  const types = await offeredBy(req, found(gateway));
  const currencies = currenciesOf(billing, balances);
  const bankTypes = types.filter((type) => {
    const currency = currencyOf[type];
    return currency !== undefined && currencies.includes(currency);
  });
  res.page('account/billing/payment-methods/new', {
    title: 'Add payment details',
    form,
    base: contextPath(req),
    currencies,
    takes_cards: types.includes('card'),
    bank_accounts: bankTypes.map((type) => ({ type, currency: currencyOf[type] })),
    mandate: mandateText(req, billing),
    field_ids: { signed_name: `signed_name_${submittedText(req.body, 'type')}` },
  });
}

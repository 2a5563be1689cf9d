import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { isId } from '../../../database/new-id.ts';
import { openAccount } from '../../../domain/billing-account/billing-account.ts';
import { findBilling, getBilling, type Billing } from '../../../domain/billing/billing-settings.ts';
import { line, optionalLine } from '../../../domain/form/fields.ts';
import { code } from '../../../domain/form/parse-values.ts';
import { findActiveGateway, type GatewayRow } from '../../../domain/gateway/gateway-queries.ts';
import { GatewayRefused, type MethodType } from '../../../domain/gateway/gateway.ts';
import { listBalances } from '../../../domain/invoice/invoice-queries.ts';
import { mandateSchema, needsMandate, signMandate } from '../../../domain/payment-method/mandate.ts';
import { findOwnMethod, type OwnMethod } from '../../../domain/payment-method/own-methods.ts';
import { addMethod, openMethodPage } from '../../../domain/payment-method/payment-method-actions.ts';
import { tenantUrls } from '../../../domain/tenant/tenant.ts';
import { found, NotFound } from '../../../errors.ts';
import { contextPath, ownerOf } from '../../../http/customer-context.ts';
import { emptyForm, parseForm, submittedText, withErrors, type Form } from '../../../http/form.ts';
import { createOnce } from '../../../http/form-key.ts';
import { may } from '../../../http/guards.ts';
import { localeOf, translateFor } from '../../../http/render-page.ts';
import { methodLabel } from '../method-view.ts';
import { mandateText } from './mandate-text.ts';

export const newPaymentMethod = Router({ mergeParams: true });

/** The other types of a gateway have no words here. */
const offeredTypes = ['card', 'us_bank_account', 'sepa_debit'] as const satisfies readonly MethodType[];

/** Bank accounts are debited in the currency of their country. */
const currencyOf: Partial<Record<MethodType, string>> = { us_bank_account: 'USD', sepa_debit: 'EUR' };

const methodSchema = z.object({
  type: z.enum(offeredTypes, code('invalid')),
  currency: line(3),
  replaces_id: optionalLine(36).refine((id) => id === null || isId(id), code('invalid')),
});

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
      const { type, currency, replaces_id } = form.values;
      const billing = await getBilling(db);
      const gateway = found(await findActiveGateway(db));
      const balances = await listBalances(db, ownerOf(req));
      requireOffered(await offeredBy(req, gateway), currenciesOf(billing, balances), { type, currency });
      const account = await openAccount(db, ownerOf(req), currency);
      if (replaces_id !== null) found(await findOwnMethod(db, ownerOf(req), replaces_id));
      const values = { account_id: account.id, gateway_id: gateway.id, type, replaces_id };
      const id = await addMethod(db, req.actor, values);
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
  { type, currency }: Pick<z.infer<typeof methodSchema>, 'type' | 'currency'>,
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

/** The method that the new one replaces: of the address, or of the form that was sent. */
async function findReplaced(req: Request): Promise<OwnMethod | undefined> {
  const id = submittedText(req.body, 'replaces_id') || req.query['replaces'];
  if (id === undefined) return undefined;
  if (!isId(id)) throw new NotFound('Not a payment method');
  const [method] = await req.readTenant((db) => [findOwnMethod(db, ownerOf(req), id)]);
  return found(method);
}

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [billing, balances, gateway] = await req.readTenant((db) => [
    findBilling(db),
    listBalances(db, ownerOf(req)),
    findActiveGateway(db),
  ]);
  const types = await offeredBy(req, found(gateway));
  const replaced = await findReplaced(req);
  const currencies = replaced
    ? balances.filter(({ id }) => id === replaced.billing_account_id).map(({ currency }) => currency)
    : currenciesOf(billing, balances);
  const bankTypes = types.filter((type) => {
    const currency = currencyOf[type];
    return currency !== undefined && currencies.includes(currency);
  });
  res.page('account/billing/payment-methods/new', {
    title: replaced ? 'Replace payment method' : 'Add payment details',
    form,
    base: contextPath(req),
    replaced: replaced && { id: replaced.id, label: methodLabel(translateFor(req), replaced) },
    currencies,
    takes_cards: types.includes('card'),
    bank_accounts: bankTypes.map((type) => ({ type, currency: currencyOf[type] })),
    mandate: mandateText(req, billing),
    field_ids: { signed_name: `signed_name_${submittedText(req.body, 'type')}` },
  });
}

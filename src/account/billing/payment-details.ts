import type { Billing } from '../../domain/billing/billing-settings.ts';
import type { Balance } from '../../domain/invoice/invoice-queries.ts';
import { openCents } from '../../domain/invoice/invoice.ts';
import type { OwnOpenInvoice } from '../../domain/invoice/own-invoices.ts';
import { firstCharge } from '../../domain/payment-method/autopay.ts';
import type { OwnMethod } from '../../domain/payment-method/own-methods.ts';
import type { PaymentDetails } from '../../domain/payment-method/payment-details.ts';
import type { Translate } from '../../locales/translate.ts';
import { methodLabel, methodView } from './method-view.ts';

/** Without open invoices for a role that does not see them. */
export function paymentDetailsView(
  t: Translate,
  [balances, methods]: PaymentDetails,
  settings: Billing,
  open: readonly OwnOpenInvoice[] | null,
) {
  return {
    has_gateway: settings.gateway_mode !== null,
    bank_details: settings.bank_details,
    payment_details: balances.map((balance) => {
      const own = methods.filter((method) => method.billing_account_id === balance.id);
      const usable = own.find(({ is_default, status }) => is_default && status === 'active');
      const isOn = balance.autopay_since !== null;
      return {
        currency: balance.currency,
        reference: balance.reference,
        methods: own.map((method) => methodView(t, method, settings)),
        is_autopay_on: isOn,
        may_turn_on: usable !== undefined,
        next_charge: isOn && usable && open ? nextCharge(t, balance, usable, open, settings) : null,
      };
    }),
  };
}

function nextCharge(
  t: Translate,
  { id, currency }: Balance,
  method: OwnMethod,
  open: readonly OwnOpenInvoice[],
  { today }: Billing,
) {
  const own = open.filter((invoice) => invoice.billing_account_id === id);
  const charge = firstCharge(
    own.map((invoice) => ({ ...invoice, open_cents: openCents(invoice) })),
    today,
  );
  return charge ? { ...charge, currency, method: methodLabel(t, method) } : null;
}

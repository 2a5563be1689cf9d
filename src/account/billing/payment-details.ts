import type { Billing } from '../../domain/billing/billing-settings.ts';
import type { Balance } from '../../domain/invoice/invoice-queries.ts';
import { planCharges, type AutopayInvoice } from '../../domain/payment/planned-charges.ts';
import type { PaymentDetails } from '../../domain/payment-method/payment-details.ts';
import type { Translate } from '../../locales/translate.ts';
import { methodLabel, methodView } from './method-view.ts';

/** Without the invoices that autopay charges for a role that does not see invoices. */
export function paymentDetailsView(
  t: Translate,
  [balances, methods]: PaymentDetails,
  settings: Billing,
  charged: readonly AutopayInvoice[] | null,
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
        next_charge:
          isOn && usable && charged ? nextCharge(balance, methodLabel(t, usable), charged, settings) : null,
      };
    }),
  };
}

function nextCharge(
  { id, currency }: Balance,
  method: string,
  charged: readonly AutopayInvoice[],
  { today }: Billing,
) {
  const own = charged.filter(({ billing_account_id }) => billing_account_id === id);
  const next = planCharges(own, today).find(({ is_too_small }) => !is_too_small);
  return next ? { on: next.on, amount_cents: next.amount_cents, currency, method } : null;
}

import type { Billing } from '../../domain/billing/billing-settings.ts';
import type { Balance } from '../../domain/invoice/invoice-queries.ts';
import { nextPlanned, type AutopayInvoice } from '../../domain/payment/planned-charges.ts';
import type { PaymentDetails } from '../../domain/payment-method/payment-details.ts';
import { isChargeable } from '../../domain/payment-method/payment-method.ts';
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
    has_gateway: settings.gateway_id !== null,
    bank_details: settings.bank_details,
    payment_details: balances.map((balance) => {
      const own = methods.filter((method) => method.billing_account_id === balance.id);
      const usable = own.find((method) => method.is_default && isChargeable(method, settings));
      const isOn = balance.autopay_since !== null;
      return {
        currency: balance.currency,
        reference: balance.reference,
        methods: own.map((method) => methodView(t, method, settings)),
        has_former_methods: own.some(({ gateway_id }) => gateway_id !== settings.gateway_id),
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
  const next = nextPlanned(own, today);
  if (!next) return null;
  const { on, amount_cents, is_too_small } = next;
  return { on, amount_cents, is_too_small, currency, method };
}

import type { ChargeFailure } from '../../domain/gateway/gateway.ts';

type Failure = Omit<ChargeFailure, 'code'>;

const DECLINED: Failure = { retry: 'later', text: 'The card was declined.' };
/** The text is the one of any declined card: it must not warn a thief. */
const NEVER: Failure = { retry: 'never', text: 'The card was declined.' };
const EXPIRED: Failure = { retry: 'never', text: 'The card has expired.' };
const WRONG_DETAILS: Failure = { retry: 'never', text: 'The details of the card are not correct.' };
const UNUSABLE: Failure = { retry: 'never', text: 'The card cannot be used for this payment.' };
const NO_FUNDS: Failure = { retry: 'later', text: 'The card has insufficient funds.' };
const LIMIT: Failure = { retry: 'later', text: 'The limit of the card is reached.' };
const LATER: Failure = {
  retry: 'later',
  text: 'The bank could not process the payment. It can be tried again.',
};
const NO_ACCOUNT: Failure = { retry: 'never', text: 'The bank account could not be found.' };
const CLOSED: Failure = { retry: 'never', text: 'The bank account is closed or cannot be debited.' };
const NO_ACCOUNT_FUNDS: Failure = { retry: 'later', text: 'The bank account has insufficient funds.' };
const NOT_AUTHORIZED: Failure = {
  retry: 'never',
  text: 'The bank account holder has not permitted the debit.',
};

/** By the code of Stripe: of the decline, else of the error. */
const failures: Readonly<Record<string, Failure>> = {
  approve_with_id: LATER,
  bank_account_declined: CLOSED,
  bank_account_restricted: CLOSED,
  bank_account_unusable: CLOSED,
  account_closed: CLOSED,
  call_issuer: DECLINED,
  card_declined: DECLINED,
  card_not_supported: UNUSABLE,
  card_velocity_exceeded: LIMIT,
  currency_not_supported: UNUSABLE,
  customer_max_payments: NO_ACCOUNT_FUNDS,
  debit_not_authorized: NOT_AUTHORIZED,
  do_not_try_again: NEVER,
  expired_card: EXPIRED,
  fraudulent: NEVER,
  generic_could_not_process: LATER,
  generic_decline: DECLINED,
  highest_risk_level: NEVER,
  incorrect_account_holder_name: NO_ACCOUNT,
  incorrect_cvc: WRONG_DETAILS,
  incorrect_number: WRONG_DETAILS,
  incorrect_zip: WRONG_DETAILS,
  insufficient_funds: NO_FUNDS,
  invalid_account: UNUSABLE,
  invalid_account_number: NO_ACCOUNT,
  invalid_cvc: WRONG_DETAILS,
  invalid_expiry_month: WRONG_DETAILS,
  invalid_expiry_year: WRONG_DETAILS,
  invalid_number: WRONG_DETAILS,
  issuer_not_available: LATER,
  lost_card: NEVER,
  merchant_blacklist: NEVER,
  new_account_information_available: EXPIRED,
  no_account: NO_ACCOUNT,
  not_permitted: UNUSABLE,
  pickup_card: NEVER,
  processing_error: LATER,
  reenter_transaction: LATER,
  restricted_card: UNUSABLE,
  revocation_of_all_authorizations: NEVER,
  revocation_of_authorization: NEVER,
  stolen_card: NEVER,
  stop_payment_order: NEVER,
  transaction_not_allowed: UNUSABLE,
  try_again_later: LATER,
  withdrawal_count_limit_exceeded: LIMIT,
};

interface StripeFailure {
  code?: string | null;
  decline_code?: string | null;
  advice_code?: string | null;
  payment_method?: { type: string } | null;
}

export function failureOf(error: StripeFailure): ChargeFailure {
  const { code, decline_code, advice_code, payment_method } = error;
  const specific = decline_code === 'generic_decline' ? code : (decline_code ?? code);
  const isCard = (payment_method?.type ?? 'card') === 'card';
  const failure = failureOfCode(specific ?? 'card_declined', isCard);
  // The network of the card forbids to try again.
  const retry = advice_code === 'do_not_try_again' ? 'never' : failure.retry;
  return { code: specific ?? 'declined', ...failure, retry };
}

/** Stripe tries neither a card nor a bank account before the customer has confirmed. */
export function needsAuthentication({ code, decline_code }: StripeFailure): boolean {
  return code === 'authentication_required' || decline_code === 'authentication_required';
}

function failureOfCode(code: string, isCard: boolean): Failure {
  if (!isCard && code === 'insufficient_funds') return NO_ACCOUNT_FUNDS;
  return failures[code] ?? (isCard ? DECLINED : LATER);
}

/** Why a payment failed or was cancelled on our side, for customers. The services have texts of their own. */
export const paymentTexts = {
  declined: 'The payment was declined.',
  method_removed: 'The payment method cannot be used.',
  not_accepted: 'The payment service did not accept the payment.',
  refund_not_accepted: 'The payment service did not accept the refund.',
  authentication_expired: 'The payment was not confirmed within 24 hours.',
  charged_back: 'Your bank has taken the payment back.',
  taken_back: 'The bank of the customer has taken the payment back.',
  nothing_open: 'Nothing is open on the invoices.',
  amount_too_small: 'The amount that is still open is too small to be charged.',
  refund_unknown: 'It is not known whether this refund was sent. Look it up at the payment service.',
} as const;

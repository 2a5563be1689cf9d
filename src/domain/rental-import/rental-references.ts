import { hasMoney, hasRecords, type References } from '../import/references.ts';

export const rentalReferences: References = {
  'agreements.rental_id': hasRecords,
  'invoice_lines.rental_id': hasMoney,
  'rental_charges.rental_id': hasRecords,
  'rental_labels.rental_id': hasRecords,
  'rental_periods.rental_id': hasMoney,
  // A changed price changes the version of the rental.
  'rental_prices.rental_id': null,
  'rentals.transferred_from_id': hasRecords,
  'requests.rental_id': hasRecords,
};

/** Of `billing_accounts b`. */
export const accountReferences: References = {
  'allocations.billing_account_id': hasMoney,
  'billing_accounts.merged_into_id': hasMoney,
  'gateway_customers.billing_account_id': hasMoney,
  'invoices.billing_account_id': hasMoney,
  'ledger_entries.billing_account_id': hasMoney,
  'mandates.billing_account_id': hasMoney,
  'payment_methods.billing_account_id': hasMoney,
  'payments.billing_account_id': hasMoney,
  'rentals.billing_account_id': hasMoney,
  'short_payments.billing_account_id': hasMoney,
};

/** The ledger has its deposit. */
export const rentalRecords: References = { ...rentalReferences, 'ledger_entries.source_id': hasMoney };

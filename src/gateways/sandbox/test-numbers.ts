import * as z from 'zod';
import type { Row } from '../../database/tables.ts';
import { toAsciiDigits } from '../../digits.ts';
import { line } from '../../domain/form/fields.ts';
import { code } from '../../domain/form/parse-values.ts';

export type Behaviour = Row<'sandbox_methods'>['behaviour'];

interface TestNumber {
  number: string;
  behaviour: Behaviour;
  /** What a charge does. */
  text: string;
}

export const testCards: readonly (TestNumber & { brand: string })[] = [
  { number: '4242424242424242', brand: 'Visa', behaviour: 'succeeds', text: 'Succeeds' },
  { number: '5555555555554444', brand: 'Mastercard', behaviour: 'succeeds', text: 'Succeeds' },
  { number: '4000000000000002', brand: 'Visa', behaviour: 'declined', text: 'Is declined' },
  {
    number: '4000000000009995',
    brand: 'Visa',
    behaviour: 'insufficient_funds',
    text: 'Has insufficient funds',
  },
  { number: '4000000000009979', brand: 'Visa', behaviour: 'stolen_card', text: 'Is declined as stolen' },
  { number: '4000000000000069', brand: 'Visa', behaviour: 'expired_card', text: 'Is declined as expired' },
  {
    number: '4000002500003155',
    brand: 'Visa',
    behaviour: 'authentication_required',
    text: 'Asks the customer to confirm',
  },
];

export const testBankAccounts: readonly TestNumber[] = [
  { number: '000123456789', behaviour: 'debit_succeeds', text: 'Succeeds after a while' },
  { number: '000111111116', behaviour: 'debit_fails', text: 'Fails after a while' },
];

export const TEST_BANK = 'Test Bank';

function digits() {
  return line(40).transform((text) => toAsciiDigits(text).replaceAll(/[\s-]/g, ''));
}

export const cardSchema = z.object({
  card_number: digits().refine(
    (number) => testCards.some((card) => card.number === number),
    code('unknown_test_number'),
  ),
  expiry: digits()
    .refine((text) => EXPIRY.test(text), code('invalid_expiry'))
    .transform((text) => {
      const [, month, year] = EXPIRY.exec(text) ?? [];
      return { month: Number(month), year: 2000 + Number(year) };
    }),
  security_code: digits().refine((text) => /^\d{3,4}$/.test(text), code('invalid_security_code')),
});

const EXPIRY = /^(0?[1-9]|1[0-2])\/?(?:20)?(\d\d)$/;

export const bankAccountSchema = z.object({
  account_number: digits().refine(
    (number) => testBankAccounts.some((account) => account.number === number),
    code('unknown_test_number'),
  ),
});

/** What the sandbox stores of a number. */
export interface NewMethod {
  type: Row<'sandbox_methods'>['type'];
  behaviour: Behaviour;
  brand: string | null;
  last4: string;
  exp_month: number | null;
  exp_year: number | null;
  bank_name: string | null;
}

export function cardMethod({ card_number, expiry }: z.infer<typeof cardSchema>): NewMethod {
  const { brand, behaviour } = testCards.find(({ number }) => number === card_number)!;
  const dates = { exp_month: expiry.month, exp_year: expiry.year };
  return { type: 'card', behaviour, brand, last4: card_number.slice(-4), ...dates, bank_name: null };
}

export function bankMethod({ account_number }: z.infer<typeof bankAccountSchema>): NewMethod {
  const { behaviour } = testBankAccounts.find(({ number }) => number === account_number)!;
  const card = { brand: null, exp_month: null, exp_year: null };
  return {
    type: 'us_bank_account',
    behaviour,
    last4: account_number.slice(-4),
    ...card,
    bank_name: TEST_BANK,
  };
}

import type { Party } from '../domain/billing/billing-settings.ts';
import type { CivilDate } from '../domain/billing/civil-date.ts';
import type { Statement, StatementMovement } from '../domain/ledger/statement.ts';
import { toDecimal } from '../locales/currencies.ts';
import { formatters } from '../locales/locales.ts';
import { direction, translator, type Translate } from '../locales/translate.ts';
import type { Block, Fact } from '../pdf/pdf-document.ts';
import { buyerOf, knownFacts, sellerOf, type DocumentContext } from './letterhead.ts';
import { paymentText } from './payment-texts.ts';

/** The texts of a statement, in one language. The page, the PDF and the CSV file show the same. */
export interface StatementDocument {
  locale: string;
  direction: 'ltr' | 'rtl';
  title: string;
  /** Without extension. */
  file_name: string;
  seller: Block;
  buyer: Block;
  facts: Fact[];
  currency: string;
  headings: Record<'day' | 'text' | 'amount' | 'balance' | 'currency', string>;
  /** The first is the opening balance, the last is the closing balance. */
  rows: StatementRow[];
  notes: string[];
}

export interface StatementRow {
  text: string;
  /** The amount is that of a movement; the opening and the closing balance have none. */
  day: string;
  amount: string;
  balance: string;
  /** For programs. */
  values: { day: CivilDate; amount: string; balance: string };
  is_strong: boolean;
}

export interface StatementParts {
  statement: Statement;
  buyer: Party;
  reference: string;
  currency: string;
  first: CivilDate;
  last: CivilDate;
}

export function statementDocument(parts: StatementParts, context: DocumentContext): StatementDocument {
  const { statement, buyer, reference, currency, first, last } = parts;
  const t = translator(context.locale);
  const { formatDay, formatMoney } = formatters(context.locale, context.time_zone);
  const { deposit_cents } = statement;
  const amount = formatMoney(deposit_cents, currency);
  return {
    locale: context.locale,
    direction: direction(context.locale),
    title: t('Statement'),
    file_name: `${t('Statement')} ${reference} ${last}`,
    seller: sellerOf(t, context.seller),
    buyer: buyerOf(t, buyer),
    facts: knownFacts([
      {
        label: t('Period'),
        value: t('{from} to {to}', { from: formatDay(first), to: formatDay(last) }),
      },
      { label: t('Payment reference'), value: reference },
      { label: t('Balance'), value: formatMoney(statement.closing_cents, currency) },
    ]),
    currency,
    headings: {
      day: t('Date'),
      text: t('Description'),
      amount: t('Amount'),
      balance: t('Balance'),
      currency: t('Currency'),
    },
    rows: rowsOf(parts, context),
    notes:
      deposit_cents === 0n ? [] : [t('Deposits held on {day}: {amount}', { day: formatDay(last), amount })],
  };
}

function rowsOf(
  { statement, currency, first, last }: StatementParts,
  { locale, time_zone }: DocumentContext,
): StatementRow[] {
  const t = translator(locale);
  const { formatDay, formatMoney } = formatters(locale, time_zone);
  const row = (text: string, day: CivilDate, cents: { amount?: bigint; balance: bigint }): StatementRow => ({
    text,
    day: formatDay(day),
    amount: cents.amount === undefined ? '' : formatMoney(cents.amount, currency),
    balance: formatMoney(cents.balance, currency),
    values: {
      day,
      amount: cents.amount === undefined ? '' : toDecimal(cents.amount, currency),
      balance: toDecimal(cents.balance, currency),
    },
    is_strong: cents.amount === undefined,
  });
  return [
    row(t('Opening balance'), first, { balance: statement.opening_cents }),
    ...statement.movements.map((movement) =>
      row(movementText(t, movement), movement.effective_on, {
        amount: movement.amount_cents,
        balance: movement.balance_cents,
      }),
    ),
    row(t('Closing balance'), last, { balance: statement.closing_cents }),
  ];
}

function movementText(t: Translate, movement: StatementMovement): string {
  const { posting, channel } = movement;
  const label = movement.invoice_label ?? '';
  switch (posting) {
    case 'issue':
      return t('Invoice {label}', { label });
    case 'credit_note':
      return t('Credit note {label}', { label });
    case 'payment':
      return paymentText(t, movement);
    case 'write_off':
      return t('Invoice {label} written off', { label });
    case 'reversal':
      return channel === null
        ? t('Invoice {label} deleted', { label })
        : [paymentText(t, movement), t('Taken back')].join(' · ');
    case 'deposit':
      return t('Deposit returned');
    case 'refund':
      return t('Refund');
    case 'merge':
      return t('Balance of a merged account');
    case 'chargeback':
      return t('Payment taken back by the bank');
    case 'credit':
    case 'credit_applied':
      return t('Credit');
  }
}

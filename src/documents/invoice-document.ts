import { amountStep } from '../domain/billing/money.ts';
import { divide } from '../domain/billing/proration.ts';
import { taxSummary } from '../domain/invoice/invoice-lines.ts';
import { lineText } from '../domain/invoice/line-text.ts';
import { openCents } from '../domain/invoice/invoice.ts';
import type { InvoiceAllocation, InvoiceDetail, Line } from '../domain/invoice/invoice-queries.ts';
import { formatters } from '../locales/locales.ts';
import { direction, translator, type Translate } from '../locales/translate.ts';
import type { Block, Fact, Total } from '../pdf/pdf-document.ts';
import { buyerOf, knownFacts, sellerOf, type DocumentContext, type Texts } from './letterhead.ts';
import { paymentText } from './payment-texts.ts';

/** The texts of an invoice or a credit note, in one language. The page and the PDF show the same. */
export interface InvoiceDocument {
  locale: string;
  direction: 'ltr' | 'rtl';
  title: string;
  /** Without extension. */
  file_name: string;
  seller: Block;
  buyer: Block;
  facts: Fact[];
  notices: string[];
  headings: Record<'description' | 'quantity' | 'price' | 'tax' | 'amount', string>;
  lines: DocumentLine[];
  totals: Total[];
  payments: { title: string; headings: Record<'day' | 'text' | 'amount', string>; rows: DocumentPayment[] };
  /** Null for a draft, a deleted invoice and a credit note. */
  open: Total | null;
  /** How to pay what is open. */
  payment_note: string | null;
}

export interface DocumentLine {
  description: string;
  /** Its period, and why the amount is not the whole price. */
  notes: string[];
  quantity: string;
  price: string;
  tax: string;
  amount: string;
}

export interface DocumentPayment {
  day: string;
  text: string;
  amount: string;
}

export interface InvoiceRows {
  invoice: InvoiceDetail;
  lines: readonly Line[];
  allocations: readonly InvoiceAllocation[];
  credit_notes: readonly { id: string; label: string | null }[];
}

interface InvoiceTexts extends Texts {
  money: (cents: bigint) => string;
}

const WHY = {
  one: 'Why this amount: {count} of {full_days} days of {price}',
  other: 'Why this amount: {count} of {full_days} days of {price}',
};

/** All values are those of the day of issue: a later change of an address does not change the document. */
export function invoiceDocument(rows: InvoiceRows, context: DocumentContext): InvoiceDocument {
  const { invoice, lines } = rows;
  const texts = invoiceTexts(invoice.currency, context);
  const { t } = texts;
  const open = openTotal(texts, invoice);
  return {
    locale: context.locale,
    direction: direction(context.locale),
    title: titleOf(t, invoice),
    file_name: invoice.label ?? t('Draft'),
    seller: sellerOf(t, invoice.seller ?? context.seller),
    buyer: buyerOf(t, invoice.buyer),
    facts: factsOf(texts, invoice),
    notices: noticesOf(texts, invoice),
    headings: lineHeadings(t),
    lines: lines.map((line) => lineOf(texts, invoice.currency, line)),
    totals: totalsOf(texts, rows),
    payments: {
      title: t('Payments and credit'),
      headings: { day: t('Date'), text: t('What'), amount: t('Amount') },
      rows: rows.allocations.map((allocation) => paymentOf(texts, allocation, rows)),
    },
    open,
    payment_note:
      openCents(invoice) > 0n
        ? t('State the reference {reference} with your payment.', { reference: invoice.reference })
        : null,
  };
}

function invoiceTexts(currency: string, { locale, time_zone }: DocumentContext): InvoiceTexts {
  const format = formatters(locale, time_zone);
  return {
    t: translator(locale),
    ...format,
    money: (cents) => format.formatMoney(cents, currency),
  };
}

function titleOf(t: Translate, { kind, label }: InvoiceDetail): string {
  if (label === null) return t('Draft invoice');
  return kind === 'invoice' ? t('Invoice {label}', { label }) : t('Credit note {label}', { label });
}

function factsOf({ t, formatDay }: InvoiceTexts, invoice: InvoiceDetail): Fact[] {
  const { issued_on, due_on, credits_label, po_number, note, reference } = invoice;
  const day = (date: string | null) => date && formatDay(date);
  return knownFacts([
    { label: t('Issued'), value: day(issued_on) },
    { label: t('Due'), value: day(due_on) },
    { label: t('Credits'), value: credits_label },
    { label: t('PO number'), value: po_number },
    { label: t('Reason'), value: note },
    { label: t('Payment reference'), value: reference },
  ]);
}

function noticesOf({ t, formatDate }: InvoiceTexts, invoice: InvoiceDetail): string[] {
  const { deleted_at, deleted_reason } = invoice;
  if (deleted_at === null) return [];
  return [t('Deleted on {date}: {reason}', { date: formatDate(deleted_at), reason: deleted_reason ?? '' })];
}

function lineHeadings(t: Translate): InvoiceDocument['headings'] {
  return {
    description: t('Description'),
    quantity: t('Quantity'),
    price: t('Price'),
    tax: t('Tax'),
    amount: t('Amount'),
  };
}

function lineOf(texts: InvoiceTexts, currency: string, line: Line): DocumentLine {
  const { money, formatNumber } = texts;
  return {
    description: lineText(texts.t, line),
    notes: lineNotes(texts, currency, line),
    quantity: formatNumber(Number(line.quantity_milli) / 1000),
    price: money(line.unit_cents),
    tax: line.tax_ppm === 0 ? '—' : `${formatNumber(line.tax_ppm / 10_000)} %`,
    amount: money(line.net_cents),
  };
}

function lineNotes({ t, money, formatDay }: InvoiceTexts, currency: string, line: Line): string[] {
  const { starts_on, ends_on, days, full_days, full_cents, net_cents, tax_cents } = line;
  const notes: string[] = [];
  if (starts_on !== null && ends_on !== null)
    notes.push(t('{from} to {to}', { from: formatDay(starts_on), to: formatDay(ends_on) }));
  if (days !== null && full_days !== null && full_cents !== null) {
    notes.push(t(WHY, { count: days, full_days, price: money(full_cents) }));
  }
  // The unit price contains the tax, the amount of the line does not.
  const whole = divide(line.unit_cents * line.quantity_milli, 1000n, amountStep(currency));
  if (tax_cents !== 0n && net_cents + tax_cents === whole)
    notes.push(t('{amount} including tax', { amount: money(whole) }));
  return notes;
}

function totalsOf({ t, money, formatNumber }: InvoiceTexts, { invoice, lines }: InvoiceRows): Total[] {
  const taxes = taxSummary(lines).map(({ tax_ppm, net_cents, tax_cents }) => ({
    label: t('Tax {percent} % of {net}', {
      percent: formatNumber(tax_ppm / 10_000),
      net: money(net_cents),
    }),
    value: money(tax_cents),
    is_strong: false,
  }));
  return [
    { label: t('Sum without tax'), value: money(invoice.net_cents), is_strong: false },
    ...taxes,
    { label: t('Total'), value: money(invoice.total_cents), is_strong: true },
  ];
}

function paymentOf(
  { t, money, formatDay }: InvoiceTexts,
  allocation: InvoiceAllocation,
  { credit_notes }: InvoiceRows,
): DocumentPayment {
  const text = allocationText(t, allocation, credit_notes);
  const day = formatDay(allocation.effective_on);
  if (allocation.reverses_id === null) return { day, text, amount: money(allocation.amount_cents) };
  return { day, text: [text, t('Taken back')].join(' · '), amount: money(-allocation.amount_cents) };
}

function allocationText(
  t: Translate,
  allocation: InvoiceAllocation,
  creditNotes: InvoiceRows['credit_notes'],
): string {
  const { source, source_id } = allocation;
  if (source === 'payment') return paymentText(t, allocation);
  if (source === 'credit') return t('Credit applied');
  if (source === 'write_off') return t('Written off');
  const label = creditNotes.find(({ id }) => id === source_id)?.label;
  return label ? t('Credit note {label}', { label }) : t('Credit note');
}

function openTotal({ t, money }: InvoiceTexts, invoice: InvoiceDetail): Total | null {
  const { kind, status } = invoice;
  if (kind === 'credit_note' || status === 'draft' || status === 'deleted') return null;
  return { label: t('Open'), value: money(openCents(invoice)), is_strong: true };
}

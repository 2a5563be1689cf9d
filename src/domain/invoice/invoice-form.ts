import * as z from 'zod';
import { toAsciiDigits } from '../../digits.ts';
import { currencyCodes } from '../../locales/currencies.ts';
import { translator } from '../../locales/translate.ts';
import { amount, optionalAmount, signedAmount } from '../billing/amount-field.ts';
import { optionalCivilDate } from '../billing/date-field.ts';
import { MAX_AMOUNT } from '../billing/money.ts';
import { objectWithCustomFields, type ValueRule } from '../custom-field/form-fields.ts';
import { checkbox, line, optionalLine, paragraphs, version, withoutCardNumber } from '../form/fields.ts';
import { code, refuse, type RefusedValues } from '../form/parse-values.ts';
import type { ListedTaxRate } from '../tax-rate/tax-rate-queries.ts';
import type { CreditedPart } from './credit-note.ts';
import type { NewLine } from './invoice-lines.ts';
import { lineText } from './line-text.ts';
import type { Line } from './invoice-queries.ts';

export const MAX_LINES = 20;

/** That a form can show: the billing run puts many rentals of an account on one invoice. */
export const MAX_SHOWN_LINES = 500;

const MAX_DESCRIPTION_LENGTH = 200;
export const FIELDS_PER_LINE = 4;
export const MAX_LINE_LENGTH = MAX_DESCRIPTION_LENGTH + 80;

/** The email address of a person or the code of a company. */
export function customerField() {
  return line(254);
}

export function currencyField() {
  return z.enum(currencyCodes, code('invalid'));
}

/** A charge or a credit. */
/** Also of a credit, which has no custom fields. */
export function chargeSchema(
  currency: string,
  rates: readonly ListedTaxRate[],
  rules: readonly ValueRule[] = [],
) {
  const shape = {
    customer: customerField(),
    description: line(200),
    amount: amount(currency),
    tax_rate_id: taxRateField(rates),
    currency: currencyField(),
  };
  return objectWithCustomFields(shape, rules);
}

/** Transforms the id to the rate, null for none. */
function taxRateField(rates: readonly ListedTaxRate[]) {
  return optionalLine(36)
    .refine((id) => id === null || rates.some((rate) => rate.id === id), code('invalid'))
    .transform((id) => rates.find((rate) => rate.id === id) ?? null);
}

/** `lines` is the number of lines of the form. */
export function invoiceSchema(
  currency: string,
  rates: readonly ListedTaxRate[],
  lines: number,
  rules: readonly ValueRule[],
) {
  const shape = {
    customer: customerField(),
    currency: currencyField(),
    due_on: optionalCivilDate(),
    po_number: optionalLine(60),
    is_issued: checkbox(),
    ...lineFields(currency, rates, lines),
  };
  return objectWithCustomFields(shape, rules);
}

export function draftSchema(currency: string, rates: readonly ListedTaxRate[], lines: number) {
  return z.object({
    due_on: optionalCivilDate(),
    po_number: optionalLine(60),
    version: version(),
    ...lineFields(currency, rates, lines),
  });
}

function lineFields(currency: string, rates: readonly ListedTaxRate[], lines: number) {
  const fieldsOfLine: [string, z.ZodType][] = [
    ['description', optionalLine(MAX_DESCRIPTION_LENGTH)],
    ['quantity', quantity()],
    ['amount', signedAmount(currency)],
    ['tax_rate', taxRateField(rates)],
  ];
  const fields = Array.from({ length: lines }, (_, n) =>
    fieldsOfLine.map(([name, field]): [string, z.ZodType] => [`${name}_${n + 1}`, field]),
  );
  return Object.fromEntries(fields.flat()) as Record<string, z.ZodType>;
}

const QUANTITY = /^(\d{1,6})(?:[.,](\d{1,3}))?$/;

/** Thousandths; 1 for an empty text. */
function quantity() {
  return optionalLine(20)
    .transform((given) => {
      const [, units, fraction = ''] = QUANTITY.exec(toAsciiDigits(given ?? '1')) ?? [];
      return units === undefined ? 0n : BigInt(units + fraction.padEnd(3, '0'));
    })
    .refine((milli) => milli > 0n, code('invalid_quantity'));
}

interface FormLine {
  number: number;
  description: string | null;
  quantity_milli: bigint;
  unit_cents: bigint | null;
  tax_rate: ListedTaxRate | null;
}

/**
 * The lines of the form without the empty ones. `stored` are those of the draft, which keep what the form does not
 * show.
 */
export function readLines(
  values: Readonly<Record<string, unknown>>,
  count: number,
  stored: readonly Line[] = [],
): { ok: true; lines: NewLine[] } | RefusedValues {
  const lines = Array.from({ length: count }, (_, n) => formLine(values, n + 1)).filter(
    ({ description, unit_cents }) => description !== null || unit_cents !== null,
  );
  const errors = lines.flatMap((each) => lineError(each, stored[each.number - 1]) ?? []);
  if (errors.length > 0) return refuse(...errors);
  return { ok: true, lines: lines.map((each) => newLine(each, stored[each.number - 1])) };
}

function formLine(values: Readonly<Record<string, unknown>>, number: number): FormLine {
  return {
    number,
    description: values[`description_${number}`] as FormLine['description'],
    quantity_milli: values[`quantity_${number}`] as bigint,
    unit_cents: values[`amount_${number}`] as FormLine['unit_cents'],
    tax_rate: values[`tax_rate_${number}`] as FormLine['tax_rate'],
  };
}

/** Only a stored line, like that of a discount, may be negative. */
function lineError({ number, description, quantity_milli, unit_cents }: FormLine, stored: Line | undefined) {
  if (description === null) return { field: `description_${number}`, code: 'required' as const };
  if (unit_cents === null) return { field: `amount_${number}`, code: 'required' as const };
  if (unit_cents <= 0n && (stored?.unit_cents ?? 1n) > 0n)
    return { field: `amount_${number}`, code: 'amount_too_small' as const };
  const field = `quantity_${number}`;
  const isTooLarge = unit_cents * quantity_milli > MAX_AMOUNT * 1000n;
  return isTooLarge ? { field, code: 'line_too_large' as const } : undefined;
}

function newLine(line: FormLine, stored: Line | undefined): NewLine {
  const { quantity_milli, tax_rate } = line;
  const given = {
    ...describe(line.description!, stored),
    unit_cents: line.unit_cents!,
    quantity_milli,
    tax_rate,
  };
  if (!stored) return { kind: 'item', ...given };
  const { kind, rental_id, starts_on, ends_on, days, full_days, full_cents } = stored;
  const isPart = days !== null && given.unit_cents === stored.unit_cents;
  const part = isPart ? { days, full_days: full_days!, full_cents: full_cents! } : null;
  return { ...given, kind, rental_id, starts_on, ends_on, part };
}

/** A description that is not changed keeps its translations. */
function describe(given: string, stored: Line | undefined) {
  if (!stored || lineText(translator('en'), stored) !== given) return { description: given };
  const { description, description_params } = stored;
  return { description, description_params };
}

const PART = /^amount_(\d{1,4})$/;

/** The credited amount of each line, by its position, the reason, and what is refunded at once. */
export function creditNoteSchema(currency: string, fieldNames: readonly string[]) {
  const parts = fieldNames.filter((name) => PART.test(name));
  const part = signedAmount(currency);
  return z.object({
    ...(Object.fromEntries(parts.map((name) => [name, part])) as Record<
      string,
      ReturnType<typeof signedAmount>
    >),
    reason: line(500),
    refund_amount: optionalAmount(currency),
  });
}

export function creditedParts(values: Readonly<Record<string, unknown>>): CreditedPart[] {
  return Object.entries(values).flatMap(([name, total_cents]) => {
    const position = PART.exec(name)?.[1];
    return position && typeof total_cents === 'bigint' ? [{ position: Number(position), total_cents }] : [];
  });
}

export const commentSchema = z.object({ body: withoutCardNumber(paragraphs(2000)) });

export const issueSchema = z.object({ version: version() });

export const reasonSchema = z.object({ reason: line(500) });

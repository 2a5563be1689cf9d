import * as z from 'zod';
import type { Row } from '../../database/tables.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { amount, amountFromZero } from '../billing/amount-field.ts';
import { formatDecimal, parseDecimal } from '../billing/money.ts';
import { objectWithCustomFields, type SchemaRules } from '../custom-field/form-fields.ts';
import { line, optionalLine, text, version } from '../form/fields.ts';
import { cachedSchema } from '../form/schema-cache.ts';
import { code } from '../form/parse-values.ts';
import { cleanLine } from '../text/pasted-text.ts';
import type { UnitType } from './unit-type-queries.ts';

const MM_DIGITS = 3;
const MAX_MM = 1_000_000;

/** A length in metres, stored in millimetres. Null for an empty text. */
function length() {
  return text().transform((given, context) => {
    const metres = cleanLine(given);
    if (metres === '') return null;
    const mm = parseDecimal(metres.replace(',', '.'), MM_DIGITS);
    if (mm !== undefined && mm > 0n && mm <= MAX_MM) return Number(mm);
    context.addIssue({ code: 'custom', message: code('invalid_length').error });
    return z.NEVER;
  });
}

/** For a form field: `2.5`. */
export function toMetres(mm: number | null): string {
  return mm === null ? '' : formatDecimal(mm, MM_DIGITS);
}

/** `2.5 × 3 m`. Null without width and depth. */
export function sizeText({
  width_mm,
  depth_mm,
  height_mm,
}: Pick<Row<'unit_types'>, 'width_mm' | 'depth_mm' | 'height_mm'>): string | null {
  if (width_mm === null || depth_mm === null) return null;
  const sides = [width_mm, depth_mm, ...(height_mm === null ? [] : [height_mm])];
  return `${sides.map(toMetres).join(' × ')} m`;
}

const shapeOf = (currency: string) => ({
  name: line(100),
  width: length(),
  depth: length(),
  height: length(),
  price: amount(currency),
  deposit: amountFromZero(currency),
  tax_rate_id: optionalLine(),
});

export const newUnitTypeSchema = cachedSchema(({ currency, rules }: SchemaRules) =>
  objectWithCustomFields(shapeOf(currency), rules),
);

export const changedUnitTypeSchema = cachedSchema(({ currency, rules }: SchemaRules) =>
  objectWithCustomFields({ ...shapeOf(currency), version: version() }, rules),
);

/** The type as the form that changes it has it. */
export function unitTypeFields(type: UnitType, currency: string) {
  return {
    name: type.name,
    width: toMetres(type.width_mm),
    depth: toMetres(type.depth_mm),
    height: toMetres(type.height_mm),
    price: toDecimal(type.price_cents, currency),
    deposit: toDecimal(type.deposit_cents, currency),
    tax_rate_id: type.tax_rate_id,
  };
}

export type NewUnitTypeValues = z.infer<ReturnType<typeof newUnitTypeSchema>>;
export type ChangedUnitTypeValues = z.infer<ReturnType<typeof changedUnitTypeSchema>>;

import * as z from 'zod';
import { isId } from '../../database/new-id.ts';
import { amount, optionalAmount, signedAmount } from '../billing/amount-field.ts';
import { civilDate } from '../billing/date-field.ts';
import { objectWithCustomFields, type SchemaRules } from '../custom-field/form-fields.ts';
import { checkbox, line, optionalLine } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import { cachedSchema } from '../form/schema-cache.ts';
import { optionalPercent } from '../tax-rate/tax-rate.ts';
import { chargeKinds } from './rental-charges.ts';
import { intervalNames } from './rental.ts';

function id() {
  return line(36).refine(isId, code('invalid'));
}

/** Null for an empty text. */
function optionalId() {
  return optionalLine(36).refine((value) => value === null || isId(value), code('invalid'));
}

/** Null for an empty text; 0 is an amount. */
function optionalDeposit(currency: string) {
  return signedAmount(currency).refine((value) => value === null || value >= 0n, code('amount_negative'));
}

export const moveInSchema = cachedSchema(({ currency, rules }: SchemaRules) =>
  objectWithCustomFields(
    {
      customer: line(254),
      unit_id: id(),
      starts_on: civilDate(),
      interval: z.enum(intervalNames, code('invalid')),
      price: optionalAmount(currency),
      deposit: optionalDeposit(currency),
      tax_rate_id: optionalId(),
      /** The button. */
      is_reserved: checkbox(),
    },
    rules,
  ),
);

export const noticeSchema = z.object({ ends_on: civilDate() });

export const startSchema = z.object({ starts_on: civilDate() });

export const depositSchema = cachedSchema((currency: string) =>
  z.object({
    kept: signedAmount(currency)
      .transform((value) => value ?? 0n)
      .refine((value) => value >= 0n, code('amount_negative')),
    kept_reason: optionalLine(200),
    kept_tax_rate_id: optionalId(),
    pays_invoices: checkbox(),
    is_refunded: checkbox(),
  }),
);

export const moveOutSchema = cachedSchema((currency: string) =>
  depositSchema(currency).extend({ blocked_reason: optionalLine(200) }),
);

export const transferSchema = cachedSchema((currency: string) =>
  z.object({
    to_unit_id: id(),
    starts_on: civilDate(),
    price: optionalAmount(currency),
    deposit: optionalDeposit(currency),
  }),
);

export const rentChangeSchema = cachedSchema((currency: string) =>
  z.object({ price: amount(currency), effective_on: civilDate() }),
);

export const chargeSchema = cachedSchema((currency: string) =>
  z
    .object({
      kind: z.enum(chargeKinds, code('invalid')),
      description: line(200),
      amount: optionalAmount(currency),
      percentage: optionalPercent(),
      tax_rate_id: optionalId(),
      starts_on: civilDate(),
      is_prorated: checkbox(),
    })
    // Only a discount may be a part of the rent.
    .refine(
      ({ kind, amount: given, percentage }) =>
        (given === null) !== (percentage === null) && (percentage === null || kind === 'discount'),
      { ...code('amount_or_percent'), path: ['amount'] },
    ),
);

export const optionalReasonSchema = z.object({ reason: optionalLine(200) });

export const reasonSchema = z.object({ reason: line(200) });

export const approvalSchema = cachedSchema((currency: string) =>
  z.object({ to_unit_id: optionalId(), price: optionalAmount(currency), deposit: optionalDeposit(currency) }),
);

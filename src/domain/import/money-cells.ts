import { isId } from '../../database/new-id.ts';
import { civilDate } from '../billing/date-field.ts';
import { normaliseCode } from '../company/company.ts';
import { line } from '../form/fields.ts';
import { parseEmailAddress } from '../text/email-address.ts';
import { cellOf, dateCell, numberCell, type CellParser } from './cells.ts';
import type { ImportOptions } from './import.ts';

type Prepare = NonNullable<Parameters<typeof cellOf>[1]>;

/** With the decimal separator that forms understand in every currency. */
export function amountCell(options: ImportOptions): Prepare {
  const number = numberCell(options);
  return (text) => {
    const prepared = number(text);
    return typeof prepared === 'string' ? prepared.replace(',', '.') : prepared;
  };
}

export function dayCell(options: ImportOptions): CellParser {
  return cellOf(civilDate(), dateCell(options));
}

/** An email address, a company code or an id, as it is compared. */
export const payerCell: CellParser = cellOf(
  line(254).transform((text) => {
    const email = parseEmailAddress(text);
    if (email) return email;
    return isId(text.toLowerCase()) ? text.toLowerCase() : normaliseCode(text);
  }),
);

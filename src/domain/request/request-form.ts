import * as z from 'zod';
import { civilDate } from '../billing/date-field.ts';
import { isId } from '../../database/new-id.ts';
import { line, optionalLines, withoutCardNumber } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';

const moveOutShape = { wanted_on: civilDate() };
const transferShape = { ...moveOutShape, to_unit_type_id: line(36).refine(isId, code('invalid')) };
const sentShape = { kind: z.enum(['move_out', 'transfer']), comment: withoutCardNumber(optionalLines(1000)) };

/** What is asked for before it is sent. */
export const wishForms = { move_out: z.object(moveOutShape), transfer: z.object(transferShape) };
export const sentForms = {
  move_out: z.object({ ...moveOutShape, ...sentShape }),
  transfer: z.object({ ...transferShape, ...sentShape }),
};

import { Router } from 'express';
import * as z from 'zod';
import { fieldEntities } from '../domain/custom-field/custom-field.ts';
import { findSecretField, revealValue } from '../domain/custom-field/reveal-value.ts';
import { BadRequest, Forbidden } from '../errors.ts';
import { revealNext } from '../http/custom-fields.ts';
import { parseForm } from '../http/form.ts';
import { may } from '../http/guards.ts';
import { seeOther } from '../http/see-other.ts';
import { rowPath } from './row-pages.ts';

const revealSchema = z.object({ field_id: z.uuid(), row_id: z.uuid() });

export const revealedFields = Router();

/** The next page shows the value. */
revealedFields.post('/', may('custom_fields.reveal'), async (req, res) => {
  const form = parseForm(revealSchema, req.body);
  if (!form.ok) throw new BadRequest('field_id and row_id must be ids');
  const { field_id, row_id } = form.values;
  const { sealed, entity } = await req.inTenant(async (db) => {
    const field = await findSecretField(db, field_id);
    const { view } = fieldEntities[field.entity];
    if (!req.actor.permissions.has(view)) throw new Forbidden(view);
    return { sealed: await revealValue(db, req.actor, field, row_id), entity: field.entity };
  });
  revealNext(req, field_id, row_id, sealed);
  await seeOther(req, res, rowPath(entity, row_id));
});

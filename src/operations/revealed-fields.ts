import { Router } from 'express';
import * as z from 'zod';
import type { FieldEntity } from '../domain/custom-field/custom-field.ts';
import { findSecretField, revealValue } from '../domain/custom-field/reveal-value.ts';
import type { StaffPermission } from '../domain/role/permissions.ts';
import { BadRequest, Forbidden } from '../errors.ts';
import { revealNext } from '../http/custom-fields.ts';
import { parseForm } from '../http/form.ts';
import { may } from '../http/guards.ts';
import { seeOther } from '../http/see-other.ts';

const revealSchema = z.object({ field_id: z.uuid(), row_id: z.uuid() });

/** The page of a row with custom fields, and who may see it. */
const pages: Readonly<Record<FieldEntity, { path: (id: string) => string; permission: StaffPermission }>> = {
  user: { path: (id) => `/users/${id}`, permission: 'users.view' },
  company: { path: (id) => `/customers/companies/${id}`, permission: 'companies.view' },
  site: { path: (id) => `/sites/${id}`, permission: 'rentals.view' },
  unit_type: { path: (id) => `/unit-types/${id}/edit`, permission: 'rentals.view' },
  unit: { path: (id) => `/units/${id}`, permission: 'rentals.view' },
  rental: { path: (id) => `/rentals/${id}`, permission: 'rentals.view' },
  invoice: { path: (id) => `/invoices/${id}`, permission: 'invoices.view' },
};

export const revealedFields = Router();

/** The next page shows the value. */
revealedFields.post('/', may('custom_fields.reveal'), async (req, res) => {
  const form = parseForm(revealSchema, req.body);
  if (!form.ok) throw new BadRequest('field_id and row_id must be ids');
  const { field_id, row_id } = form.values;
  const { sealed, page } = await req.inTenant(async (db) => {
    const field = await findSecretField(db, field_id);
    const page = pages[field.entity];
    if (!req.actor.permissions.has(page.permission)) throw new Forbidden(page.permission);
    return { sealed: await revealValue(db, req.actor, field, row_id), page };
  });
  revealNext(req, field_id, row_id, sealed);
  await seeOther(req, res, page.path(row_id));
});

import * as z from 'zod';
import { column, type Column } from '../../database/columns.ts';
import { tables, type Row } from '../../database/tables.ts';
import type { AuditEvent } from '../audit/audit.ts';
import { line, version } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';

/** Of a tenant. */
export const MAX_LABELS = 200;
const MAX_NAME = 30;

export type LabelColour = Row<'labels'>['colour'];

export const labelColours = tables.labels.colour;

interface LabelledRows {
  rows: 'users' | 'companies' | 'rentals';
  /** The labels of each row. */
  table: 'user_labels' | 'company_labels' | 'rental_labels';
  column: 'user_id' | 'company_id' | 'rental_id';
  /** The same, of the alias `w`. */
  id: Column<string>;
  event: AuditEvent;
}

/** What may have labels. */
export const labelEntities = {
  user: {
    rows: 'users',
    table: 'user_labels',
    column: 'user_id',
    id: column('user_labels as w', 'user_id'),
    event: 'user.labels_changed',
  },
  company: {
    rows: 'companies',
    table: 'company_labels',
    column: 'company_id',
    id: column('company_labels as w', 'company_id'),
    event: 'company.labels_changed',
  },
  rental: {
    rows: 'rentals',
    table: 'rental_labels',
    column: 'rental_id',
    id: column('rental_labels as w', 'rental_id'),
    event: 'rental.labels_changed',
  },
} as const satisfies Record<string, LabelledRows>;

export type LabelEntity = keyof typeof labelEntities;

export const labelEntityNames = Object.keys(labelEntities) as LabelEntity[];

const settings = { name: line(MAX_NAME), colour: z.enum(labelColours, code('invalid')) };

export const newLabelSchema = z.object(settings);

export const changedLabelSchema = z.object({ ...settings, version: version() });

export type NewLabelValues = z.infer<typeof newLabelSchema>;
export type ChangedLabelValues = z.infer<typeof changedLabelSchema>;

function labelIds() {
  return z.array(line(36)).max(MAX_LABELS);
}

/** `shown` are the labels that the row had when the form was rendered, so that changes made meanwhile are kept. */
export const rowLabelsSchema = z.object({ labels: labelIds(), shown: labelIds() });

export type RowLabelsValues = z.infer<typeof rowLabelsSchema>;

import * as z from 'zod';
import { newCompanySchema, companyStatuses } from '../company/company.ts';
import { listCustomFields } from '../custom-field/custom-field-queries.ts';
import { editableFields, NO_CUSTOM_FIELDS } from '../custom-field/form-fields.ts';
import { email, paragraphs } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import { listLabels } from '../label/label-queries.ts';
import { fold } from '../text/fold.ts';
import { cellOf, idCell, listOf, wholeNumber, type CellParser } from '../import/cells.ts';
import { keyOfCompany, type CompanyRows } from './company-row-context.ts';
import { customParsers } from '../import/custom-cells.ts';
import type { OpenRows, RowKind } from '../import/import-engine.ts';
import { planCompanies, type CompanyPlan } from './plan-companies.ts';
import { settleParents } from './settle-parents.ts';
import { undoCompanies } from './undo-companies.ts';
import { writeCompanies } from './write-companies.ts';

export const companyRows: RowKind = {
  open: async (db, context): Promise<OpenRows<CompanyPlan>> => {
    const fields = editableFields(await listCustomFields(db, 'company'), 'staff', {});
    const rows: CompanyRows = { ...context, fields, labels: await listLabels(db) };
    return {
      parsers: companyParsers(rows),
      keyOf: (row) => keyOfCompany(rows, row),
      plan: (batchDb, parsed, options) => planCompanies(batchDb, rows, parsed, options),
      settle: (batchDb) => settleParents(batchDb, rows),
      write: (batchDb, plans) => writeCompanies(batchDb, rows, plans),
      undo: (batchDb, written) => undoCompanies(batchDb, rows, written),
    };
  },
};

const form = newCompanySchema(NO_CUSTOM_FIELDS).shape;
const MAX_EMAILS = 10;

function companyParsers({ fields, options, labels }: CompanyRows): Record<string, CellParser> {
  return {
    id: idCell(code('import_unknown_company_id')),
    code: cellOf(form.code, wholeNumber),
    name: cellOf(form.name),
    parent_code: cellOf(form.parent_code, wholeNumber),
    address: cellOf(form.address),
    billing_emails: cellOf(z.array(email()).max(MAX_EMAILS, 'invalid'), emailsOf),
    status: { parse: parseStatus },
    status_reason: cellOf(paragraphs(500)),
    labels: { parse: (text) => parseLabels(labels, text) },
    ...customParsers(fields, options),
  };
}

/** Each address once. */
function emailsOf(text: string): string[] {
  return [...new Set(listOf(text).map((address) => address.toLowerCase()))];
}

/** As `On hold` or `on_hold`. */
function parseStatus(text: string): ReturnType<CellParser['parse']> {
  const typed = text.toLowerCase().replaceAll(/[\s-]+/g, '_');
  const status = companyStatuses.find((each) => each === typed);
  return status ? { value: status } : { error: { code: 'import_unknown_status' } };
}

function parseLabels(labels: CompanyRows['labels'], text: string): ReturnType<CellParser['parse']> {
  const byName = new Map(labels.map((label) => [fold(label.name), label]));
  // A name may have a comma.
  const whole = byName.get(fold(text));
  const names = whole ? [text] : listOf(text);
  const found = [...new Set(names.map((name) => byName.get(fold(name))))];
  const unknown = names.find((name) => !byName.has(fold(name)));
  if (unknown === undefined) return { value: found };
  return { error: { code: 'import_unknown_label', params: { label: unknown } } };
}

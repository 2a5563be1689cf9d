import { Router } from 'express';
import { sendCsv } from '../../documents/send-document.ts';
import { availableKinds, importKinds } from '../../domain/import/kinds.ts';
import { may } from '../../http/guards.ts';
import { tenantFields } from '../../http/tenant-fields.ts';

export const importTemplates = Router();

/** The headings and one row as an example. */
for (const kind of availableKinds)
  importTemplates.get(`/templates/${kind}`, may('imports.create'), async (req, res) => {
    const columns = importKinds[kind].columns(await tenantFields(req));
    const headings = columns.map(({ label }) => label);
    await sendCsv(res, `${kind}-template`, headings, [[columns.map(({ example }) => example)]]);
  });

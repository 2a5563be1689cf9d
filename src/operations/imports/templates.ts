import { Router, type Request } from 'express';
import { sendCsv } from '../../documents/send-document.ts';
import { availableKinds, importKinds } from '../../domain/import/kinds.ts';
import { NotFound } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { tenantFields } from '../../http/tenant-fields.ts';

export const importTemplates = Router();

/** The headings and one row as an example. */
importTemplates.get(
  '/templates/:kind',
  may('imports.create'),
  async (req: Request<{ kind: string }>, res) => {
    const kind = availableKinds.find((name) => name === req.params.kind);
    if (!kind) throw new NotFound('No such kind of import');
    const columns = importKinds[kind].columns(await tenantFields(req as Request));
    const headings = columns.map(({ label }) => label);
    await sendCsv(res, `${kind}-template`, headings, [[columns.map(({ example }) => example)]]);
  },
);

import { Router } from 'express';
import { findMapping } from '../../domain/import/column-queries.ts';
import { importKinds } from '../../domain/import/kinds.ts';
import { deleteMapping } from '../../domain/import/match-import.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import type { ImportRequest } from './list.ts';

export const importMappings = Router().param('id', idParam);

importMappings.get('/mappings/:id/deletion', may('imports.create'), async (req: ImportRequest, res) => {
  const [row] = await req.readTenant((db) => [findMapping(db, req.params.id)]);
  const { id, name, kind } = found(row);
  res.page('operations/imports/mappings/deletion', {
    title: 'Delete mapping',
    id,
    name,
    kind_title: importKinds[kind].title,
  });
});

importMappings.post('/mappings/:id/deletion', may('imports.create'), async (req: ImportRequest, res) => {
  const { name } = await req.inTenant((db) => deleteMapping(db, req.actor, req.params.id));
  flash(req, res, '{name} was deleted.', { params: { name } });
  await seeOther(req, res, '/imports');
});

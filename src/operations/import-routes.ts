import { Router } from 'express';
import { importColumnPages } from './imports/columns.ts';
import { importMappings } from './imports/mappings.ts';
import { importTemplates } from './imports/templates.ts';
import { imports } from './imports/list.ts';

export function importRoutes(): Router {
  const routes = Router();
  routes.use('/imports', imports);
  routes.use('/imports', importTemplates);
  routes.use('/imports', importMappings);
  routes.use('/imports', importColumnPages);
  return routes;
}

import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { importList, type ListedImport } from '../../domain/import/import-list.ts';
import { importKindNames, importModes } from '../../domain/import/import-kind.ts';
import { MEGABYTE } from '../../domain/file/file-types.ts';
import { importStates, MAX_IMPORT_BYTES } from '../../domain/import/import.ts';
import { availableKinds, importKinds } from '../../domain/import/kinds.ts';
import { emptyForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { readParam } from '../../http/read-param.ts';
import { importBadges } from '../badges.ts';
import type { Column } from '../list-columns.ts';
import { listScreen } from '../list-screen.ts';

export const imports = Router();

export const modeLabels = { both: 'Create & Update', create: 'Create Only', update: 'Update Only' } as const;

const PLANNED = { create: 'to create', update: 'to update' };
const DONE = {
  created: 'created',
  updated: 'updated',
  equal: 'unchanged',
  failed: 'failed',
  undone: 'undone',
  skipped: 'skipped',
};
const WITH_ERRORS = { error: 'with errors' };

export const importColumns: readonly Column<ListedImport>[] = [
  {
    name: 'file',
    heading: 'File',
    look: 'name',
    cell: ({ id, file_name }) => ({ value: file_name, href: `/imports/${id}` }),
  },
  { name: 'kind', heading: 'Imported', cell: ({ kind }) => ({ label: importKinds[kind].title }) },
  { name: 'state', heading: 'State', cell: ({ state }) => ({ badges: [importBadges[state]] }) },
  {
    name: 'mode',
    heading: 'What to do',
    is_extra: true,
    cell: ({ mode }) => ({ label: modeLabels[mode] }),
  },
  { name: 'rows', heading: 'Rows', look: 'nowrap', cell: ({ counts }) => ({ value: countsText(counts) }) },
  {
    name: 'by',
    heading: 'By',
    look: 'clip',
    cell: ({ requested_by_name }) => ({ value: requested_by_name }),
  },
  {
    name: 'created',
    heading: 'Uploaded',
    kind: 'time',
    is_relative: true,
    cell: ({ created_at }) => ({ value: created_at }),
  },
];

/** `12 created, 3 with errors`; what is planned until something is done. Null before the check. */
function countsText(counts: Readonly<Record<string, number>>): string | null {
  const textsOf = (labels: Readonly<Record<string, string>>) =>
    Object.entries(labels).flatMap(([name, label]) => (counts[name] ? [`${counts[name]} ${label}`] : []));
  const done = textsOf(DONE);
  const parts = [...(done.length > 0 ? done : textsOf(PLANNED)), ...textsOf(WITH_ERRORS)];
  return parts.length > 0 ? parts.join(', ') : null;
}

imports.get(
  '/',
  may('imports.create'),
  listScreen({
    title: 'Imports',
    path: '/imports',
    list: importList,
    file: 'imports',
    columns: importColumns,
    actions: [{ href: '/imports/new', text: 'Import a file', look: 'add' }],
    filters: [
      {
        kind: 'many',
        name: 'kind',
        label: 'Imported',
        options: Object.values(importKinds).map(({ name, title }) => ({ value: name, label: title })),
      },
      {
        kind: 'many',
        name: 'state',
        label: 'State',
        options: importStates.map((value) => ({ value, label: importBadges[value].text })),
      },
      { kind: 'range', name: 'created', label: 'Uploaded' },
    ],
    noMatch: { heading: 'No imports match' },
    firstUse: {
      heading: 'No imports yet',
      icon: 'upload',
      text: 'Import users, companies, units, rentals or opening balances from a CSV file. Every row is checked before anything is stored.',
      action: { href: '/imports/new', text: 'Import a file' },
    },
  }),
);

imports.get('/new', may('imports.create'), (_req, res) => showNewImport(res, emptyForm));

export function showNewImport(res: Response, form: Form): void {
  const { permissions } = res.req.actor;
  const kinds = availableKinds.filter((kind) =>
    importKinds[kind].permissions.every((permission) => permissions.has(permission)),
  );
  const chosen = readParam(res.req, 'kind', z.enum(importKindNames));
  res.page('operations/imports/new', {
    title: 'Import a file',
    form,
    kinds: kinds.map((name) => ({ value: name, label: importKinds[name].title })),
    chosen_kind: chosen ?? '',
    chosen_mode: chosen && !importKinds[chosen].modes.includes('both') ? 'create' : '',
    max_megabytes: MAX_IMPORT_BYTES / MEGABYTE,
    modes: importModes.map((value) => ({ value, label: modeLabels[value] })).toReversed(),
  });
}

export type ImportRequest = Request<{ id: string }>;

import { Router, type Request, type Response } from 'express';
import {
  bulkActionNames,
  bulkActions,
  bulkOptions,
  invitationTemplates,
  type BulkActionName,
  type StoredOptions,
} from '../../domain/bulk-action/bulk-action.ts';
import { previewBulkAction } from '../../domain/bulk-action/preview-bulk-action.ts';
import {
  resolveOptions,
  startBulkAction,
  type GivenOptions,
} from '../../domain/bulk-action/start-bulk-action.ts';
import { listParentSuggestions } from '../../domain/company/company-queries.ts';
import { emailTemplate } from '../../domain/email/email-templates.ts';
import { listWithFields } from '../../domain/custom-field/field-list.ts';
import { listRoles } from '../../domain/role/role-queries.ts';
import { userList } from '../../domain/user/user-list.ts';
import { BadRequest, Forbidden } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { createOnce } from '../../http/form-key.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { seeOther } from '../../http/see-other.ts';
import { tenantFields } from '../../http/tenant-fields.ts';
import { withErrors } from '../form-errors.ts';
import { skipReasonTexts } from '../skip-reasons.ts';
import { readSelectedRows, readSelection, returnToList } from '../list-selection.ts';

export const bulkUserActions = Router();

/** Of one of the actions. `readAction` checks that of the chosen one. */
const mayChange = may('companies.edit', 'users.invite', 'users.disable', 'emails.send');
const optionNames = Object.values(bulkOptions).flatMap(({ shape }) => Object.keys(shape));

/** The form of the list, with the name of the action. */
bulkUserActions.post('/bulk-actions/new', mayChange, async (req, res) => {
  const action = readAction(req);
  const query = await readQuery(req, res);
  if (query === null) return;
  const given = givenOptions(req, action);
  const hasRole = 'role_id' in given && Object.values(given).some((text) => text !== '');
  if (!hasRole) return showOptions(req, res, { action, query }, emptyForm);
  const form = parseForm(bulkOptions[action], given);
  const chosen = form.ok
    ? await req.inTenant((db) => resolveOptions(db, { action, ...form.values } as GivenOptions))
    : form;
  if (!chosen.ok) return showOptions(req, res.status(422), { action, query }, withErrors(given, chosen));
  const { options } = chosen;
  await showOptions(req, res, { action, query, options }, { values: given, errors: {} });
});

bulkUserActions.post('/bulk-actions', mayChange, async (req, res) => {
  const action = readAction(req);
  const query = await readQuery(req, res);
  if (query === null) return;
  const given = givenOptions(req, action);
  const form = parseForm(bulkOptions[action], given);
  const refused = await createOnce(
    req,
    res,
    'bulk_action',
    async (db) =>
      form.ok ? startBulkAction(db, req.actor, query, { action, ...form.values } as GivenOptions) : form,
    ({ task }) => `/tasks/${task}`,
  );
  if (refused) await showOptions(req, res.status(422), { action, query }, withErrors(given, refused));
});

function givenOptions(req: Request, action: BulkActionName): Record<string, string> {
  const names = Object.keys(bulkOptions[action].shape);
  return Object.fromEntries(names.map((name) => [name, submittedText(req.body, name)]));
}

/** @throws {BadRequest|Forbidden} */
function readAction(req: Request): BulkActionName {
  const action = bulkActionNames.find((name) => name === submittedText(req.body, 'action'));
  if (!action) throw new BadRequest('There is no such action');
  const { permission } = bulkActions[action];
  if (!req.actor.permissions.has(permission)) throw new Forbidden(permission);
  return action;
}

/** JSON of the query of the selected users. Null if none is selected; the response has then been sent. */
async function readQuery(req: Request, res: Response): Promise<string | null> {
  const back = backToList(req);
  const list = listWithFields(userList, await tenantFields(req));
  try {
    const selection = readSelection(req, list, {}, optionNames);
    if (selection) return JSON.stringify(selection.query);
  } catch (error) {
    await returnToList(req, res, back, error);
    return null;
  }
  flash(req, res, 'Select at least one row.', { kind: 'warn' });
  await seeOther(req, res, back);
  return null;
}

function backToList(req: Request): string {
  return `/users?${readSelectedRows(req, optionNames).query}`;
}

async function showOptions(
  req: Request,
  res: Response,
  { action, query, options }: { action: BulkActionName; query: string; options?: StoredOptions },
  form: Form,
): Promise<void> {
  const { list, columns, query: address, ids } = readSelectedRows(req, optionNames);
  const { counts, roles, companies } = await req.inTenant(async (db) => ({
    counts: await previewBulkAction(db, action, query, options),
    roles: await listRoles(db, 'customer'),
    companies: await listParentSuggestions(db),
  }));
  const { title } = bulkActions[action];
  res.page('operations/users/bulk-actions/new', {
    title,
    form,
    action,
    page_title: title,
    is_counted: options !== undefined,
    back: backToList(req),
    counts: {
      selected: counts.selected,
      skipped: counts.skipped?.map(({ reason, count }) => ({ text: skipReasonTexts[reason], count })) ?? null,
    },
    roles: roles.map(({ id, name }) => ({ value: id, label: name })),
    companies,
    templates: invitationTemplates.map((value) => ({ value, label: emailTemplate(value).choice! })),
    selection: { list, columns, query: address, ids: ids ?? [], all: ids === null },
  });
}

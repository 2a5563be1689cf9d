import type { Request, Response } from 'express';
import { isId } from '../database/new-id.ts';
import type { Params } from '../database/parse-list.ts';
import { isPersonal, type ExportName } from '../domain/export/export.ts';
import { noteShown } from '../domain/saved-view/saved-view-actions.ts';
import { findView, type ShownView } from '../domain/saved-view/saved-view-queries.ts';
import { MAX_VIEW_COUNT } from '../domain/saved-view/saved-view.ts';
import { flash } from '../http/flash.ts';
import { seeOther } from '../http/see-other.ts';

export interface Tab {
  text: string;
  href: string;
  is_current: boolean;
  /** The name of a saved view, which is not translated. */
  is_data?: boolean;
  /** Cut off when there `is_more`. */
  count?: number;
  is_more?: boolean;
  counted_at?: Date | null;
}

export interface RequestedView {
  id: string | undefined;
  /** The parameters without the id. */
  query: Params;
}

/** A list may also have a filter `view`, whose values are not ids. */
export function readView({ query: { view, ...others } }: Request): RequestedView {
  const values = [view ?? []].flat();
  const id = values.find((value) => typeof value === 'string' && isId(value)) as string | undefined;
  const kept = values.filter((value) => value !== id);
  return { id, query: kept.length > 0 ? { ...others, view: kept } : others };
}

/** An address with nothing but a view is redirected to its filters, columns and order. */
export async function openView(
  req: Request,
  res: Response,
  { id, query }: RequestedView,
  file: ExportName,
): Promise<boolean> {
  if (id === undefined || Object.keys(query).length > 0) return false;
  const [view] = await req.readTenant((db) => [findView(db, id, req.user!.id)]);
  if (view?.list === file) res.redirect(303, viewHref(req.pathname, view));
  else {
    flashMissing(req, res);
    await seeOther(req, res, req.pathname);
  }
  return true;
}

export function viewHref(path: string, { id, query }: { id: string; query: string }): string {
  return `${path}?${query}&view=${id}`;
}

/** Also for a view of another member of staff who does not share it. */
function flashMissing(req: Request, res: Response): void {
  flash(req, res, 'This view does not exist.', { kind: 'warn' });
}

interface ViewsOfList {
  file: ExportName;
  views: readonly ShownView[];
  requested: RequestedView;
  /** What would be saved: the parameters of the list without those of one page. */
  query: string;
  tabs: readonly Tab[];
}

/** The locals of the tabs and actions of the views of a list. */
export function shownViews(req: Request, res: Response, { file, views, requested, ...list }: ViewsOfList) {
  const current = views.find(({ id }) => id === requested.id);
  if (requested.id !== undefined && !current) flashMissing(req, res);
  const all: Tab = { text: 'All', href: req.pathname, is_current: true };
  const builtIn = list.tabs.length > 0 ? list.tabs : [all];
  return {
    tabs:
      views.length > 0
        ? [
            ...builtIn.map((tab) => ({ ...tab, is_current: tab.is_current && !current })),
            ...views.map((view) => tabOf(req, file, view, view === current)),
          ]
        : list.tabs,
    actions: viewActions(req, { file, current, query: list.query }),
  };
}

function viewActions(
  { user, actor }: Request,
  { file, current, query }: { file: ExportName; current: ShownView | undefined; query: string },
) {
  const mayChange =
    current !== undefined && (current.owner_id === user!.id || actor.permissions.has('team.edit'));
  const edit = `/views/${current?.id ?? ''}`;
  if (query === current?.query) return mayChange ? [{ text: 'Edit view', href: edit }] : [];
  const saved = new URLSearchParams({ query }).toString();
  return [
    ...(mayChange && query ? [{ text: 'Update view', href: `${edit}?${saved}` }] : []),
    ...(query ? [{ text: 'Save view', href: `/views/new?list=${file}&${saved}` }] : []),
  ];
}

/** The count includes every row, also those that a restricted viewer does not see. */
function tabOf(req: Request, file: ExportName, view: ShownView, is_current: boolean): Tab {
  const { row_count } = view;
  const seesCounted =
    row_count !== null &&
    req.actor.scope.kind === 'all' &&
    (view.owner_id === req.user!.id || !isPersonal(file));
  return {
    text: view.name,
    is_data: true,
    href: viewHref(req.pathname, view),
    is_current,
    ...(seesCounted && {
      count: Math.min(row_count, MAX_VIEW_COUNT),
      is_more: row_count > MAX_VIEW_COUNT,
      counted_at: view.counted_at,
    }),
  };
}

/** After the page has been sent. The counts are only older when it fails. */
export async function noteViews(req: Request, views: readonly ShownView[]): Promise<void> {
  const due = views.filter(({ is_count_due }) => is_count_due).map(({ id }) => id);
  if (due.length > 0) await req.inTenant((db) => noteShown(db, due)).catch(() => undefined);
}

import type { Filters, ListQuery } from '../database/parse-list.ts';
import type { RequestedList } from '../http/read-list.ts';
import type { ListContext } from './list-columns.ts';
import { isPermitted, type Link } from './list-display.ts';
import type { Tab } from './list-views.ts';

interface Text {
  text: string;
  params?: Readonly<Record<string, string>>;
  is_lede?: boolean;
}

/** What is above a list. */
export interface ListHead<Row extends { id: string }, Given extends Filters, Within extends string> {
  title: string;
  breadcrumbs?: readonly { href?: string; text: string }[];
  intro?: (listed: { rows: readonly Row[]; query: ListQuery<Given, Within> }) => readonly Text[];
  actions?: readonly (Link & { look?: 'add' | 'square' | 'menu' | 'primary' })[];
  tabs?: {
    label: string;
    is_hidden_at_first?: boolean;
    items: (list: RequestedList<Row, ListQuery<Given, Within>>, context: ListContext) => readonly Tab[];
  };
  has_checklist?: boolean;
}

/** The locals of the head, without those of the tabs. */
export function shownHead<Row extends { id: string }, Given extends Filters, Within extends string>(
  { title, breadcrumbs = [], intro, actions = [], has_checklist = false }: ListHead<Row, Given, Within>,
  { query, href }: RequestedList<Row, ListQuery<Given, Within>>,
  rows: readonly Row[],
  context: ListContext,
) {
  return {
    title,
    breadcrumb_items: breadcrumbs,
    intro: intro?.({ rows, query }) ?? [],
    actions: actions.filter((action) => isPermitted(action, context)),
    has_checklist,
    csv_href: context.can('export.create') && rows.length > 0 ? href({ format: 'csv' }) : null,
  };
}

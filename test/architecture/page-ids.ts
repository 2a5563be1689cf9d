import type { Visitor } from '../support/visitor.ts';
import { fillParameters, isGet, type PortalRoute } from './routes.ts';

/** The ids of rows by their table. */
export type IdsByTable = Readonly<Record<string, readonly string[]>>;

/** The ids of each table; those of the tables that the path names come first. */
function groupsFor(path: string, ids: IdsByTable): readonly (readonly string[])[] {
  return Object.keys(ids)
    .sort((a, b) => positionOf(b, path) - positionOf(a, path))
    .map((table) => ids[table]!);
}

/** The ids of all tables; those of the tables that the path names come first. */
export function idsFor(path: string, ids: IdsByTable): string[] {
  return groupsFor(path, ids).flat();
}

/** Of `/customers/companies/:id/locations/:location_id`, the table `company_locations` is named last. */
function positionOf(table: string, path: string): number {
  return path.lastIndexOf(table.split('_').at(-1)!);
}

/** The ids whose page exists. They are of one table, because a page shows the rows of one. */
export async function findIdsOfPage(
  page: string,
  ids: IdsByTable,
  exists: (path: string) => Promise<boolean>,
): Promise<string[]> {
  for (const group of groupsFor(page, ids)) {
    const found: string[] = [];
    for (const id of group) if (await exists(fillParameters(page, [id]))) found.push(id);
    if (found.length > 0) return found;
  }
  return [];
}

/** Finds which ids belong to the routes below a page with an id, such as `/units/:id/edit` below `/units/:id`. */
export class PageIds {
  readonly #pages: ReadonlySet<string>;
  readonly #visitor: Visitor;
  readonly #ids: IdsByTable;
  readonly #found = new Map<string, Promise<string[]>>();

  constructor(routes: readonly PortalRoute[], visitor: Visitor, ids: IdsByTable) {
    this.#pages = new Set(routes.filter(isGet).map(({ path }) => path));
    this.#visitor = visitor;
    this.#ids = ids;
  }

  /** The ids whose page the visitor finds. Undefined for a route that is not below such a page, or if none is found. */
  async below(pattern: string): Promise<readonly string[] | undefined> {
    return this.#of(/^[^:]*:\w+(?=\/)/.exec(pattern)?.[0]);
  }

  /** The same, also for the page itself. */
  async at(pattern: string): Promise<readonly string[] | undefined> {
    return this.#of(/^[^:]*:\w+(?=\/|$)/.exec(pattern)?.[0]);
  }

  async #of(page: string | undefined): Promise<readonly string[] | undefined> {
    if (!page || !this.#pages.has(page)) return undefined;
    if (!this.#found.has(page)) this.#found.set(page, this.#find(page));
    const found = await this.#found.get(page)!;
    return found.length > 0 ? found : undefined;
  }

  #find(page: string): Promise<string[]> {
    return findIdsOfPage(page, this.#ids, async (path) => {
      const { status } = await this.#visitor.visit(path, { lint: false });
      return status === 200;
    });
  }
}

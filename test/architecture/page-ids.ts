import type { Visitor } from '../support/visitor.ts';
import { fillParameters, isGet, type PortalRoute } from './routes.ts';

/** Finds which ids belong to the routes below a page with an id, such as `/units/:id/edit` below `/units/:id`. */
export class PageIds {
  readonly #pages: ReadonlySet<string>;
  readonly #visitor: Visitor;
  readonly #ids: readonly string[];
  readonly #found = new Map<string, Promise<string[]>>();

  constructor(routes: readonly PortalRoute[], visitor: Visitor, ids: readonly string[]) {
    this.#pages = new Set(routes.filter(isGet).map(({ path }) => path));
    this.#visitor = visitor;
    this.#ids = ids;
  }

  /** The ids whose page the visitor finds. Undefined for a route that is not below such a page, or if none is found. */
  async below(pattern: string): Promise<readonly string[] | undefined> {
    const page = /^[^:]*:\w+(?=\/)/.exec(pattern)?.[0];
    if (!page || !this.#pages.has(page)) return undefined;
    if (!this.#found.has(page)) this.#found.set(page, this.#find(page));
    const found = await this.#found.get(page)!;
    return found.length > 0 ? found : undefined;
  }

  async #find(page: string): Promise<string[]> {
    const found: string[] = [];
    for (const id of this.#ids) {
      const { status } = await this.#visitor.visit(fillParameters(page, [id]), { lint: false });
      if (status === 200) found.push(id);
    }
    return found;
  }
}

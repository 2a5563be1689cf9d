import type { Visitor } from '../support/visitor.ts';
import { fillParameters, isGet, type PortalRoute } from './routes.ts';

/** Finds which ids belong to the routes below a page with an id, such as `/units/:id/edit` below `/units/:id`. */
export class PageIds {
  readonly #pages: ReadonlySet<string>;
  readonly #visitor: Visitor;
  readonly #found = new Map<string, Promise<string[]>>();

  constructor(routes: readonly PortalRoute[], visitor: Visitor) {
    this.#pages = new Set(routes.filter(isGet).map(({ path }) => path));
    this.#visitor = visitor;
  }

  /** Those of the ids whose page the visitor finds; all for routes that are not below such a page, or if it finds none. */
  async of(pattern: string, ids: readonly string[]): Promise<readonly string[]> {
    const page = /^[^:]*:\w+(?=\/)/.exec(pattern)?.[0];
    if (!page || !this.#pages.has(page)) return ids;
    if (!this.#found.has(page)) this.#found.set(page, this.#find(page, ids));
    const found = await this.#found.get(page)!;
    return found.length > 0 ? found : ids;
  }

  async #find(page: string, ids: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const id of ids) {
      const { status } = await this.#visitor.visit(fillParameters(page, [id]), { lint: false });
      if (status === 200) found.push(id);
    }
    return found;
  }
}

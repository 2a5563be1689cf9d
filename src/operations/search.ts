import { Router } from 'express';
import { isPlainText } from '../domain/search/read-search.ts';
import {
  hitProblems,
  listHits,
  searchedKinds,
  type HitKind,
  type Hits,
} from '../domain/search/search-hits.ts';
import { userList } from '../domain/user/user-list.ts';
import { flashSearchProblems } from '../http/read-list.ts';
import { signedIn } from '../http/guards.ts';
import { translateFor } from '../http/render-page.ts';
import { tenantFields } from '../http/tenant-fields.ts';
import { findCommands } from './commands.ts';

const lists: Record<HitKind, { heading: string; path: string }> = {
  user: { heading: 'Users', path: '/users' },
  company: { heading: 'Companies', path: '/customers/companies' },
  unit: { heading: 'Units', path: '/units' },
  invoice: { heading: 'Invoices', path: '/invoices' },
  email: { heading: 'Emails', path: '/emails' },
};

export const search = Router();

search.get('/', signedIn, async (req, res) => {
  const { q } = userList.parse(req.query).query;
  const text = { q, fields: isPlainText(q) ? [] : await tenantFields(req) };
  const kinds = q === '' ? [] : searchedKinds(req.actor.permissions, text);
  const found =
    kinds.length === 0 ? [] : await req.readTenant((db) => kinds.map((kind) => listHits(db, kind, text)));
  if (kinds.length === 0) flashSearchProblems(req, res, hitProblems(text));
  res.page('operations/search', {
    title: 'Search',
    q,
    results: found.filter(({ hits }) => hits.length > 0).map((hits) => shownHits(hits, q)),
    commands: isPlainText(q) ? findCommands(req, q, translateFor(req)) : [],
  });
});

function shownHits({ kind, hits, has_more }: Hits, q: string) {
  const { heading, path } = lists[kind];
  return {
    heading,
    hits: hits.map(({ id, text, note }) => ({ href: `${path}/${id}`, text, note })),
    href: `${path}?${new URLSearchParams({ q }).toString()}`,
    has_more,
  };
}

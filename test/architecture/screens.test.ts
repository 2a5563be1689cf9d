import { expect } from 'chai';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readSource, readSources, type Source } from './source-files.ts';

const root = path.join(import.meta.dirname, '..', '..');

/** The first part of URLs that has no folder of its own, by portal. */
const WITHOUT_FOLDER = { account: '/account', operations: '/customers', platform: null, dev: '/dev' };
const PORTALS = Object.keys(WITHOUT_FOLDER) as (keyof typeof WITHOUT_FOLDER)[];

/** Files of a portal's folder that are no screens. */
const NOT_SCREENS = [
  'src/account/badges.ts',
  'src/account/billing/document-context.ts',
  'src/account/billing/invoice-rows.ts',
  'src/account/billing/method-view.ts',
  'src/account/billing/payment-details.ts',
  'src/account/billing/payment-view.ts',
  'src/account/billing/payment-methods/mandate-text.ts',
  'src/account/billing/payments/pay-form.ts',
  'src/account/billing/read-statement.ts',
  'src/account/billing/years.ts',
  'src/account/company-status.ts',
  'src/account/form-errors.ts',
  'src/operations/badges.ts',
  'src/operations/skip-reasons.ts',
  'src/operations/chart.ts',
  'src/operations/companies/columns.ts',
  'src/operations/companies/status-texts.ts',
  'src/operations/custom-details.ts',
  'src/operations/commands.ts',
  'src/operations/customer-statements.ts',
  'src/operations/form-errors.ts',
  'src/operations/invoices/columns.ts',
  'src/operations/label-badges.ts',
  'src/operations/imports/shown-rows.ts',
  'src/operations/list-actions.ts',
  'src/operations/list-columns.ts',
  'src/operations/list-controls.ts',
  'src/operations/list-csv.ts',
  'src/operations/list-display.ts',
  'src/operations/list-exports.ts',
  'src/operations/list-fields.ts',
  'src/operations/list-file.ts',
  'src/operations/import-column-page.ts',
  'src/operations/list-head.ts',
  'src/operations/list-labels.ts',
  'src/operations/list-screen.ts',
  'src/operations/list-selection.ts',
  'src/operations/list-settings.ts',
  'src/operations/list-views.ts',
  'src/operations/money-badges.ts',
  'src/operations/money-views.ts',
  'src/operations/settings/custom-fields/field-view.ts',
  'src/operations/navigation.ts',
  'src/operations/settings/payments/connection.ts',
  'src/operations/tax-rate-options.ts',
  'src/operations/owner-link.ts',
  'src/operations/payments/columns.ts',
  'src/operations/rentals/columns.ts',
  'src/operations/report-days.ts',
  'src/operations/row-pages.ts',
  'src/operations/row-labels.ts',
  'src/operations/start-path.ts',
  'src/operations/emails/shown-email.ts',
  'src/operations/records/document-columns.ts',
  'src/operations/records/document-uploads.ts',
  'src/operations/records/documents.ts',
  'src/operations/records/emails.ts',
  'src/operations/records/first-page.ts',
  'src/operations/records/history.ts',
  'src/operations/records/note-views.ts',
  'src/operations/records/notes.ts',
  'src/operations/records/payment-details.ts',
  'src/operations/records/record-pages.ts',
  'src/operations/units/columns.ts',
  'src/operations/user-history.ts',
  'src/operations/users/columns.ts',
  'src/operations/users/merge-view.ts',
  'src/operations/users/details.ts',
  'src/operations/users/filters.ts',
  'src/platform/badges.ts',
  'src/platform/form-errors.ts',
];

/** A screen below it is the same as below the URL without it. */
const COMPANY = '/companies/:company_id';

/** `/account` itself. */
const HOME = 'dashboard';

interface Screen {
  file: string;
  /** The URL below which its routes are, as written in the routes of the portal. */
  mount: string;
}

describe('screens', () => {
  const screens = PORTALS.flatMap((portal) =>
    routesOf(portal).flatMap((routes) => findScreens(portal, routes)),
  );

  it('are in files named like their mounts', () => {
    expect(screens.length).to.be.greaterThan(35);
    expect(screens.filter((screen) => !isNamedLikeMount(screen))).to.eql([]);
  });

  it('are all mounted in the routes of their portal', () => {
    const mounted = new Set([...screens.map(({ file }) => file), ...NOT_SCREENS]);
    const files = PORTALS.flatMap((portal) => readSources(`src/${portal}`, '.ts')).map(({ file }) => file);
    expect(files.filter((file) => !mounted.has(file) && !isRoutes(file))).to.eql([]);
  });

  it('have a test of the same name', () => {
    const tests = screens.map(({ file }) => file.replace(/^src/, 'test').replace(/\.ts$/, '.test.ts'));
    expect(tests.filter((file) => !existsSync(path.join(root, file)))).to.eql([]);
  });

  it('render views of the same name', () => {
    const misnamed = screens.flatMap((screen) => findMisnamedViews(screen, readSource(screen.file)));
    expect(misnamed).to.eql([]);
  });
});

describe('the screen checks', () => {
  const routes = (text: string): Source => ({ file: 'src/operations/routes.ts', text, lines: 1 });

  it('report a screen in a file named differently from its mount', () => {
    const text =
      "import { people } from './people.ts';\nimport { user } from './users/show.ts';\nroutes.use('/users', people);\nroutes.use('/users', user);";
    const [people, user] = findScreens('operations', routes(text));
    expect(isNamedLikeMount(people!)).to.equal(false);
    expect(isNamedLikeMount(user!)).to.equal(true);
    expect(isNamedLikeMount({ file: 'src/operations/terms.ts', mount: '/settings/terms' })).to.equal(false);
  });

  it('report a mount of something that is not imported', () => {
    expect(() => findScreens('operations', routes("routes.use('/users', users);"))).to.throw('/users');
  });

  it('report a view with the name of another screen', () => {
    const screen = { file: 'src/operations/users/show.ts', mount: '/users' };
    const text = "res.page('operations/companies/show', {}); res.page('operations/users/edit', {});";
    expect(findMisnamedViews(screen, { file: screen.file, text, lines: 1 })).to.eql([
      'src/operations/users/show.ts renders operations/companies/show',
    ]);
  });
});

/** `routes.ts`, and the files that it is divided into. */
function routesOf(portal: string): Source[] {
  return readSources(`src/${portal}`, '.ts').filter(({ file }) => isRoutes(file));
}

function isRoutes(file: string): boolean {
  return /^src\/\w+\/(\w+-)?routes\.ts$/.test(file);
}

/** @throws {Error} for a mount whose router is not imported */
function findScreens(portal: string, routes: Source): Screen[] {
  const files = new Map(
    [...routes.text.matchAll(/^import \{ (\w+) \} from '(.+)';$/gm)].map(([, name, from]) => [
      name!,
      path.posix.join(path.posix.dirname(routes.file), from!),
    ]),
  );
  return [...routes.text.matchAll(/\.use\('([^']+)', (\w+)/g)].map(([, mount, name]) => {
    const file = files.get(name!);
    if (!file?.startsWith(`src/${portal}/`))
      throw new Error(`${mount} is not mounted from a file of ${portal}`);
    return { file, mount: mount! };
  });
}

/** `/settings/team` is in `settings/team.ts`, or in the files of `settings/team/`. */
function isNamedLikeMount({ file, mount }: Screen): boolean {
  const name = file.split('/').slice(2).join('/').replace(/\.ts$/, '');
  return [name, path.posix.dirname(name)].includes(nameOf({ file, mount }));
}

function nameOf({ file, mount }: Screen): string {
  const prefix = WITHOUT_FOLDER[file.split('/')[1] as keyof typeof WITHOUT_FOLDER];
  const parts = prefix && `${mount}/`.startsWith(`${prefix}/`) ? mount.slice(prefix.length) : mount;
  return parts.replace(COMPANY, '').slice(1) || HOME;
}

function findMisnamedViews(screen: Screen, { file, text }: Source): string[] {
  const prefix = `${file.split('/')[1]}/${nameOf(screen)}`;
  return [...text.matchAll(/\.page\('([^']+)'/g)]
    .map(([, view]) => view!)
    .filter((view) => !view.startsWith(prefix) && !view.startsWith('errors/'))
    .map((view) => `${file} renders ${view}`);
}

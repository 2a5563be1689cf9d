import type pg from 'pg';
import type { SentStatement } from '../support/count-statements.ts';
import {
  childrenOf,
  isPresent,
  nodesIn,
  queriesBelow,
  readParseTree,
  textOf,
  type Tree,
  type TreeNode,
} from './parse-tree.ts';
import { isPlannable } from './sharded-copy.ts';
import { WITHOUT_TENANT } from './schema-rules.ts';

/** Counters have no tenant, and could become a reference table. */
const MAY_BE_ON_WORKERS = new Set(['throttle_counters']);

/** Run within another query by the setting citus.allow_nested_distributed_execution of app_rw. */
const MAY_BE_NESTED = new Set(['search_users', 'search_companies', 'older_audit_events']);

export interface Facts {
  /** The names of tables by oid. */
  tables: Map<string, string>;
  functions: Map<string, { name: string; volatility: 'i' | 's' | 'v'; reads_tenants: boolean }>;
}

export async function readFacts(client: pg.ClientBase): Promise<Facts> {
  const tables = await client.query<{ oid: string; name: string }>(
    `select oid::text, relname as name from pg_class
     where relnamespace::regnamespace::text in ('app', 'sharded') and relkind in ('r', 'p') and not relispartition`,
  );
  const names = tables.rows.map(({ name }) => name).filter(isTenantTable);
  const functions = await client.query<{
    oid: string;
    name: string;
    volatility: 'i';
    reads_tenants: boolean;
  }>(
    `select oid::text, proname as name, provolatile as volatility,
       pronamespace = 'app'::regnamespace and prosrc ~ $1 as reads_tenants from pg_proc`,
    [`\\m(${names.join('|')})\\M`],
  );
  return {
    tables: new Map(tables.rows.map(({ oid, name }) => [oid, name])),
    functions: new Map(functions.rows.map(({ oid, ...row }) => [oid, row])),
  };
}

/** The forms of a statement that Citus refuses although the statement names its tenant. */
export async function listRefusedForms(
  client: pg.ClientBase,
  facts: Facts,
  statement: Pick<SentStatement, 'text'>,
): Promise<string[]> {
  const tree = await readParseTree(client, statement).catch((error: Error) => {
    throw new Error(`${error.message}: ${statement.text}`);
  });
  const queries = [...nodesIn(tree)].filter(({ type }) => type === 'QUERY');
  return [...new Set(queries.flatMap((query) => formsOf(query, facts))), ...nestedReaders(tree, facts)];
}

/** One line for each form of each statement. */
export async function listAllRefusedForms(
  client: pg.ClientBase,
  statements: Iterable<SentStatement>,
): Promise<string[]> {
  const facts = await readFacts(client);
  const found: string[] = [];
  for (const statement of [...statements].filter(isPlannable)) {
    const forms = await listRefusedForms(client, facts, statement);
    found.push(...forms.map((form) => `${form}: ${statement.text}`));
  }
  return found;
}

function formsOf(query: TreeNode, facts: Facts): string[] {
  const command = textOf(query, 'commandType');
  if (command === SELECT)
    return isPerReferenceRow(query, facts) ? ['a subquery for each row of tenants'] : [];
  if (!isOnWorkers(targetOf(query, facts))) return [];
  if (command === MERGE) return ['MERGE'];
  const forms = command === INSERT ? formsOfInsert(query, facts) : formsOfUpdate(query, facts);
  const returned = (query.fields['returningList'] ?? []).flatMap((tree) => mutableIn(tree, facts));
  return [...forms, ...returned.map((name) => `${name} in RETURNING`)];
}

const [SELECT, INSERT, MERGE] = ['1', '3', '5'];

function formsOfInsert(query: TreeNode, facts: Facts): string[] {
  const conflict = query.fields['onConflict'] ?? [];
  const called = conflict.flatMap((tree) => mutableIn(tree, facts));
  const ranges = rangesOf(query);
  const isFromSelect = ranges.some((range) => isPresent(range, 'subquery'));
  // Of one row, the values are the targets of the query itself.
  const values = [query.fields['targetList'], ...ranges.map(({ fields }) => fields['values_lists'])];
  const hasSubquery = values.some((tree) => [...nodesIn(tree)].some(({ type }) => type === 'SUBLINK'));
  return [
    ...called.map((name) => `${name} after DO UPDATE`),
    ...(hasSubquery ? ['a subquery in VALUES'] : []),
    ...(isFromSelect && !isPresent(query, 'returningList') ? ['INSERT … SELECT without RETURNING'] : []),
  ];
}

/** Applies to DELETE, too. Subqueries are evaluated with the statement, the queries of WITH before it. */
function formsOfUpdate(query: TreeNode, facts: Facts): string[] {
  const ctes = [...nodesIn(query.fields['cteList'])];
  const hasInsert = ctes.some((node) => node.type === 'QUERY' && textOf(node, 'commandType') === INSERT);
  const evaluated = childrenOf(query, ['cteList', 'returningList']).flatMap((tree) =>
    [...nodesIn(tree, ['cteList'])].flatMap((node) => [
      ...(isVolatile(node, facts) ? [`${nameOf(node, facts)}, which is VOLATILE`] : []),
      ...(isStable(node, facts) && hasColumn(node) ? [`${nameOf(node, facts)} with a column`] : []),
      ...(node.type === 'CASEEXPR' && isPresent(node, 'arg') ? ['a simple CASE'] : []),
      ...(isConditional(node) ? mutableIn(node, facts).map((name) => `${name} in CASE or COALESCE`) : []),
    ]),
  );
  return [...(hasInsert ? ['an INSERT in a CTE of UPDATE or DELETE'] : []), ...evaluated];
}

function isConditional({ type }: TreeNode): boolean {
  return type === 'CASEEXPR' || type === 'COALESCEEXPR';
}

function mutableIn(tree: Tree, facts: Facts): string[] {
  return [...nodesIn(tree)].filter((node) => !isImmutable(node, facts)).map((node) => nameOf(node, facts));
}

/** Whether a subquery reads tables of tenants for each row of reference tables. */
function isPerReferenceRow(query: TreeNode, facts: Facts): boolean {
  const names = tablesOf(query, facts);
  if (names.some(isTenantTable) || !names.some((name) => WITHOUT_TENANT[name] === 'reference')) return false;
  return [...queriesBelow(query)].some(
    (below) =>
      [...tablesIn(below, facts)].some(isTenantTable) && childrenOf(below).some((tree) => readsOuter(tree)),
  );
}

/** Whether a column belongs to a query at least `depth` levels further out. */
function readsOuter(tree: Tree, depth = 1): boolean {
  if (typeof tree === 'string') return false;
  if (!Array.isArray(tree) && Number(textOf(tree, 'varlevelsup')) >= depth) return true;
  const isQuery = !Array.isArray(tree) && tree.type === 'QUERY';
  return childrenOf(tree).some((child) => readsOuter(child, isQuery ? depth + 1 : depth));
}

function nestedReaders(tree: Tree, facts: Facts): string[] {
  if (![...tablesIn(tree, facts)].some(isTenantTable)) return [];
  return [...nodesIn(tree)]
    .map((node) => functionOf(node, facts))
    .filter((called) => called?.reads_tenants === true && !MAY_BE_NESTED.has(called.name))
    .map((called) => `${called!.name}(), which reads tables of tenants, beside one of them`);
}

function isTenantTable(name: string): boolean {
  return !(name in WITHOUT_TENANT);
}

function isOnWorkers(name: string | undefined): boolean {
  return name !== undefined && (WITHOUT_TENANT[name] !== 'platform' || MAY_BE_ON_WORKERS.has(name));
}

function rangesOf(query: TreeNode): TreeNode[] {
  return (query.fields['rtable'] ?? []).flatMap((list) => childrenOf(list)) as TreeNode[];
}

function tableOf(range: TreeNode, { tables }: Facts): string[] {
  const name = tables.get(textOf(range, 'relid') ?? '');
  return name === undefined ? [] : [name];
}

/** The tables in FROM of the query itself. */
function tablesOf(query: TreeNode, facts: Facts): string[] {
  return rangesOf(query).flatMap((range) => tableOf(range, facts));
}

function tablesIn(tree: Tree, facts: Facts): Set<string> {
  const ranges = [...nodesIn(tree)].filter(({ type }) => type === 'RANGETBLENTRY');
  return new Set(ranges.flatMap((range) => tableOf(range, facts)));
}

/** The table that the query changes. */
function targetOf(query: TreeNode, facts: Facts): string | undefined {
  const range = rangesOf(query)[Number(textOf(query, 'resultRelation')) - 1];
  return range && tableOf(range, facts)[0];
}

function functionOf(node: TreeNode, { functions }: Facts) {
  const oid = ['funcid', 'opfuncid', 'aggfnoid', 'winfnoid']
    .map((field) => textOf(node, field))
    .find(Boolean);
  return oid === undefined ? undefined : functions.get(oid);
}

function isVolatile(node: TreeNode, facts: Facts): boolean {
  return functionOf(node, facts)?.volatility === 'v';
}

function isStable(node: TreeNode, facts: Facts): boolean {
  return (
    functionOf(node, facts)?.volatility === 's' || node.type === 'SQLVALUEFUNCTION' || isTimeToText(node)
  );
}

function isImmutable(node: TreeNode, facts: Facts): boolean {
  return !isVolatile(node, facts) && !isStable(node, facts);
}

const TIME_TYPES = new Set(['1082', '1083', '1114', '1184', '1186', '1266']);

/** The text of a time depends on settings of the session. */
function isTimeToText(node: TreeNode): boolean {
  return (
    node.type === 'COERCEVIAIO' &&
    [...nodesIn(node)].some((below) => TIME_TYPES.has(textOf(below, 'vartype') ?? ''))
  );
}

function hasColumn(node: TreeNode): boolean {
  return [...nodesIn(node)].some(({ type }) => type === 'VAR');
}

function nameOf(node: TreeNode, facts: Facts): string {
  return `${functionOf(node, facts)?.name ?? node.type.toLowerCase()}()`;
}

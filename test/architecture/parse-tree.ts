import type pg from 'pg';
import type { SentStatement } from '../support/count-statements.ts';

export type Tree = string | TreeNode | Tree[];

/** Of PostgreSQL's parse tree: `{FUNCEXPR :funcid 1299 :args <>}`. */
export interface TreeNode {
  type: string;
  fields: Record<string, Tree[]>;
}

/** Returns the analysed statement, in which each function and table has its oid. PostgreSQL stores it with a SQL function. */
export async function readParseTree(
  client: pg.ClientBase,
  { text }: Pick<SentStatement, 'text'>,
): Promise<Tree> {
  const { types } = await sendTogether<{ types: string[] }>(
    client,
    `prepare probe as ${text};
     select parameter_types::text[] as types from pg_prepared_statements where name = 'probe';
     deallocate probe`,
  );
  // A function has at most 100 parameters.
  const body = text.replace(/\$(\d+)/g, (_, n) => `(null::${types[Number(n) - 1]})`);
  const stored = await sendTogether<{ body: string }>(
    client,
    `create function pg_temp.probe() returns void language sql begin atomic ${body}; end;
     select prosqlbody::text as body from pg_proc where oid = 'pg_temp.probe()'::regprocedure;
     drop function pg_temp.probe()`,
  );
  return parseTree(stored.body);
}

/** Sends three statements in one round trip and returns the row of the second. */
async function sendTogether<Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  text: string,
): Promise<Row> {
  const results = (await client.query(text)) as unknown as [unknown, pg.QueryResult<Row>, unknown];
  return results[1].rows[0]!;
}

/** Every node below `tree`, except those in the given fields. */
export function* nodesIn(tree: Tree | undefined, skipped: readonly string[] = []): Generator<TreeNode> {
  if (tree === undefined || typeof tree === 'string') return;
  if (!Array.isArray(tree)) yield tree;
  for (const child of childrenOf(tree, skipped)) yield* nodesIn(child, skipped);
}

/** The queries directly below a query, not those within them. */
export function* queriesBelow(query: TreeNode): Generator<TreeNode> {
  for (const child of childrenOf(query)) yield* outermostQueries(child);
}

function* outermostQueries(tree: Tree): Generator<TreeNode> {
  if (typeof tree === 'string') return;
  if (!Array.isArray(tree) && tree.type === 'QUERY') yield tree;
  else for (const child of childrenOf(tree)) yield* outermostQueries(child);
}

export function childrenOf(tree: Tree, skipped: readonly string[] = []): Tree[] {
  if (typeof tree === 'string') return [];
  if (Array.isArray(tree)) return tree;
  return Object.entries(tree.fields).flatMap(([name, values]) => (skipped.includes(name) ? [] : values));
}

/** The text of a field; undefined for `<>` and for nodes. */
export function textOf(node: TreeNode, field: string): string | undefined {
  const value = node.fields[field]?.[0];
  return typeof value === 'string' && value !== '<>' ? value : undefined;
}

export function isPresent(node: TreeNode, field: string): boolean {
  return node.fields[field] !== undefined && node.fields[field][0] !== '<>';
}

function parseTree(text: string): Tree {
  const tokens = text.match(/[{}()[\]]|(?:\\.|[^\s{}()[\]\\])+/gs)!;
  let next = 0;
  const parseUntil = (end: string): Tree[] => {
    const values: Tree[] = [];
    while (tokens[next] !== end) values.push(parseValue());
    next += 1;
    return values;
  };
  const parseValue = (): Tree => {
    const token = tokens[next++]!;
    if (token === '(') return parseUntil(')');
    if (token === '[') return parseUntil(']');
    return token === '{' ? toNode(parseUntil('}')) : token;
  };
  return parseValue();
}

function toNode([type, ...values]: Tree[]): TreeNode {
  const node: TreeNode = { type: type as string, fields: {} };
  let current: Tree[] = [];
  for (const value of values) {
    if (typeof value === 'string' && value.startsWith(':')) node.fields[value.slice(1)] = current = [];
    else current.push(value);
  }
  return node;
}

/** Of all keys, in characters: about twenty sets of ten custom fields. A schema needs several times its key. */
export const MAX_KEY_LENGTH = 25_000;

/** Of all tenants; the one that was used last is at the end. */
const schemas = new Map<string, unknown>();
let keyLength = 0;
let kinds = 0;

/**
 * Creates one schema for equal rules, because zod compiles each schema at its first use. The rules must be JSON and all
 * that the schema depends on.
 */
export function cachedSchema<Rules, Schema>(create: (rules: Rules) => Schema): (rules: Rules) => Schema {
  const kind = (kinds += 1);
  return (rules) => {
    const key = `${kind} ${JSON.stringify(rules)}`;
    const schema = (schemas.get(key) as Schema | undefined) ?? create(rules);
    remove(key);
    schemas.set(key, schema);
    keyLength += key.length;
    while (keyLength > MAX_KEY_LENGTH && schemas.size > 1) remove(schemas.keys().next().value!);
    return schema;
  };
}

function remove(key: string): void {
  if (schemas.delete(key)) keyLength -= key.length;
}

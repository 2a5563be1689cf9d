/** The schemas that were used last, of all tenants. */
const MAX_SCHEMAS = 100;

/**
 * Creates one schema for equal rules, because zod compiles each schema at its first use. The rules must be JSON and all
 * that the schema depends on.
 */
export function cachedSchema<Rules, Schema>(create: (rules: Rules) => Schema): (rules: Rules) => Schema {
  const schemas = new Map<string, Schema>();
  return (rules) => {
    const key = JSON.stringify(rules);
    const schema = schemas.get(key) ?? create(rules);
    // A Map keeps the order of insertion, so the first one was used least recently.
    schemas.delete(key);
    schemas.set(key, schema);
    if (schemas.size > MAX_SCHEMAS) schemas.delete(schemas.keys().next().value!);
    return schema;
  };
}

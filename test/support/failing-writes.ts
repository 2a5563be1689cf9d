let triggers = 0;

/** Makes the next writes of a table fail with the code of a PostgreSQL error. Returns a function that ends it. */
export async function failWrites(
  { owner }: { owner: { query: (sql: string) => Promise<unknown> } },
  table: string,
  code: string,
  { on = 'insert or update', when = 'true', times = 1_000_000 } = {},
): Promise<() => Promise<void>> {
  const name = `app.fail_${(triggers += 1)}`;
  await owner.query(`create sequence ${name}_calls`);
  await owner.query(
    // A rollback does not reset a sequence.
    `create function ${name}() returns trigger language plpgsql security definer as $$ begin
       if nextval('${name}_calls') <= ${times} then
         raise exception using errcode = '${code}', message = 'The write fails in this test';
       end if;
       return new;
     end $$`,
  );
  await owner.query(
    `create trigger fail before ${on} on app.${table} for each row when (${when}) execute function ${name}()`,
  );
  return async () => {
    await owner.query(`drop function ${name}() cascade`);
    await owner.query(`drop sequence ${name}_calls`);
  };
}

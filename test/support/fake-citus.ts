import type pg from 'pg';

/**
 * Stands for the extension in one database: its catalog, the functions that distribute tables, and what they refuse.
 * No table is distributed in fact. @param client signed in as a superuser
 */
export async function installFakeCitus(client: pg.ClientBase): Promise<void> {
  await client.query('set allow_system_table_mods = on');
  await client.query(`
    insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    select 99999, 'citus', oid, 'pg_catalog'::regnamespace, false, '13.2-1' from pg_roles where rolname = current_user;

    create table pg_catalog.pg_dist_partition (
      logicalrelid regclass primary key, partmethod "char" not null, colocated_with text);
    grant select on pg_catalog.pg_dist_partition to public;

    create function pg_catalog.create_reference_table(table_name regclass) returns void
    language sql security definer as $body$
      insert into pg_dist_partition values (table_name, 'n', null)
    $body$;

    create function pg_catalog.create_distributed_table(
      table_name regclass, distribution_column text, colocate_with text default 'default'
    ) returns void language plpgsql security definer as $body$
    begin
      if exists (select from pg_constraint where conrelid = table_name and contype = 'f' and confrelid not in
          (select logicalrelid from pg_dist_partition where partmethod = 'n')) then
        raise exception '% has a foreign key to a table of tenants', table_name;
      end if;
      if exists (select from pg_policy where polrelid = table_name) then
        raise exception '% was isolated before it was distributed', table_name;
      end if;
      if (colocate_with = 'none') = exists (select from pg_dist_partition where partmethod = 'h') then
        raise exception '% is not placed beside the other tables: %', table_name, colocate_with;
      end if;
      insert into pg_dist_partition
        values (pg_catalog.with_new_oid(table_name), 'h', nullif(colocate_with, 'none')::regclass::text);
    end $body$;

    -- As when Citus distributes a table without partitions: its oid changes, the names of its indexes do not.
    create function pg_catalog.with_new_oid(old regclass) returns regclass language plpgsql as $body$
    declare
      name text := old::text;
      owner text := (select pg_get_userbyid(relowner) from pg_class where oid = old);
      foreign_key text;
      indexes name[] := array(
        select relname from pg_index join pg_class on oid = indexrelid where indrelid = old order by indexrelid);
      copied record;
    begin
      if exists (select from pg_class where oid = old and relkind = 'p') then
        return old;
      end if;
      execute format('create table %s_copy (like %s including all)', name, old);
      for foreign_key in select pg_get_constraintdef(oid) from pg_constraint where conrelid = old and contype = 'f' loop
        execute format('alter table %s_copy add %s', name, foreign_key);
      end loop;
      execute format('drop table %s', old);
      execute format('alter table %s_copy rename to %I', name, (parse_ident(name))[array_length(parse_ident(name), 1)]);
      execute format('alter table %s owner to %I', name, owner);
      -- LIKE creates the indexes in the order of the oids.
      for copied in select indexrelid::regclass as index, row_number() over (order by indexrelid) as n
          from pg_index where indrelid = name::regclass loop
        execute format('alter index %s rename to %I', copied.index, indexes[copied.n]);
      end loop;
      return name::regclass;
    end $body$;
  `);
}

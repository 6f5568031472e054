-- Everything the API offers in the schemas $1, as one JSON document.
select json_build_object(
  'relations', (
    select coalesce(json_agg(json_build_object(
      'schema', n.nspname,
      'name', c.relname,
      'columns', (
        select coalesce(json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod)) order by a.attnum), '[]')
        from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      ),
      'primary_key', (
        select coalesce(json_agg(a.attname), '[]')
        from pg_constraint as k join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
        where k.conrelid = c.oid and k.contype = 'p'
      )
    )), '[]')
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  ),
  'links', (
    select coalesce(json_agg(json_build_object(
      'schema', n.nspname,
      'name', k.conname,
      'source', s.relname,
      'target', t.relname,
      'columns', (
        select json_agg(a.attname order by u.place)
        from unnest(k.conkey) with ordinality as u (number, place)
        join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.number
      ),
      'target_columns', (
        select json_agg(a.attname order by u.place)
        from unnest(k.confkey) with ordinality as u (number, place)
        join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = u.number
      ),
      'unique', exists (
        select from pg_index as i
        where i.indrelid = k.conrelid and i.indisunique and i.indpred is null
          and i.indkey::int2[] <@ k.conkey and i.indkey::int2[] @> k.conkey
      )
    )), '[]')
    from pg_constraint as k
    join pg_class as s on s.oid = k.conrelid
    join pg_class as t on t.oid = k.confrelid
    join pg_namespace as n on n.oid = s.relnamespace
    where k.contype = 'f' and k.conparentid = 0 and n.nspname = any ($1) and t.relnamespace = s.relnamespace
  ),
  'routines', (
    select coalesce(json_agg(json_build_object(
      'schema', n.nspname,
      'name', p.proname,
      'arguments', (
        select coalesce(json_agg(json_build_array(
          coalesce(p.proargnames[u.place], ''),
          format_type(u.type, null),
          u.number <= p.pronargs - p.pronargdefaults
        ) order by u.place), '[]')
        from (
          select a.type, a.place, row_number() over (order by a.place) as number
          from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality as a (type, place)
          where coalesce(p.proargmodes[a.place], 'i') in ('i', 'b', 'v')
        ) as u
      ),
      'gives', case
        when t.oid = 'void'::regtype then 'void'
        when t.typtype = 'c' or t.oid = 'record'::regtype then 'row'
        else 'value'
      end,
      'is_set', p.proretset,
      'writes', p.provolatile = 'v',
      'columns', case
        when t.typtype = 'c' then (
          select json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod)) order by a.attnum)
          from pg_attribute as a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
        )
        else '[]'::json
      end
    )), '[]')
    from pg_proc as p
    join pg_namespace as n on n.oid = p.pronamespace
    join pg_type as t on t.oid = p.prorettype
    where n.nspname = any ($1) and p.prokind = 'f'
      and t.oid not in ('trigger'::regtype, 'event_trigger'::regtype)
  )
)::text

-- Everything that the product's SQL makes, one row for each thing: what it is, its name, its definition.
-- The order of columns is left out: a migration can only add at the end.
with ours as (
  select oid, nspname from pg_namespace where nspname in ('public', 'private')
),
owned as (
  select c.oid, c.relkind, format('%I.%I', n.nspname, c.relname) as name, c.relrowsecurity,
    c.relforcerowsecurity, c.relacl, c.reloptions
  from pg_class c join ours n on n.oid = c.relnamespace
)
select 'schema' as kind, nspname::text as name,
  concat_ws(E'\n', array(select a::text from unnest(nspacl) a order by 1)::text,
    obj_description(oid, 'pg_namespace')) as definition
from pg_namespace where nspname in ('public', 'private')
union all
select 'table', name, concat_ws(E'\n', relkind, relrowsecurity, relforcerowsecurity, reloptions::text,
  array(select a::text from unnest(relacl) a order by 1)::text, obj_description(oid, 'pg_class'))
from owned where relkind in ('r', 'p', 'v', 'm', 'S', 'f')
union all
select 'view', name, pg_get_viewdef(oid) from owned where relkind in ('v', 'm')
union all
select 'column', format('%s.%I', o.name, a.attname), concat_ws(E'\n',
  format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
  'default ' || pg_get_expr(d.adbin, d.adrelid), 'identity ' || nullif(a.attidentity::text, ''),
  'generated ' || nullif(a.attgenerated::text, ''),
  array(select x::text from unnest(a.attacl) x order by 1)::text, col_description(o.oid, a.attnum))
from owned o
join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = o.oid and d.adnum = a.attnum
where o.relkind in ('r', 'p', 'v', 'm', 'c')
union all
select 'constraint', format('%s.%I', o.name, c.conname),
  concat_ws(E'\n', pg_get_constraintdef(c.oid), obj_description(c.oid, 'pg_constraint'))
from pg_constraint c join owned o on o.oid = c.conrelid where c.contype not in ('n', 't')
union all
select 'index', o.name, concat_ws(E'\n', pg_get_indexdef(o.oid), obj_description(o.oid, 'pg_class'))
from owned o where o.relkind in ('i', 'I')
union all
select 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
from pg_proc p join ours n on n.oid = p.pronamespace where p.prokind in ('f', 'p')
union all
select 'grants and comment of function', p.oid::regprocedure::text, concat_ws(E'\n',
  array(select a::text from unnest(p.proacl) a order by 1)::text, obj_description(p.oid, 'pg_proc'))
from pg_proc p join ours n on n.oid = p.pronamespace
union all
select 'policy', format('%I.%I: %s', p.schemaname, p.tablename, p.policyname),
  concat_ws(E'\n', p.permissive, p.cmd, p.roles::text, p.qual, p.with_check)
from pg_policies p where p.schemaname in ('public', 'private', 'realtime', 'storage')
union all
select 'trigger', format('%s: %s', t.tgrelid::regclass, t.tgname), pg_get_triggerdef(t.oid)
from pg_trigger t where not t.tgisinternal
  and (t.tgfoid in (select p.oid from pg_proc p join ours n on n.oid = p.pronamespace))
union all
select 'type', format('%I.%I', n.nspname, t.typname), concat_ws(E'\n', t.typtype,
  array(select e.enumlabel from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder)::text,
  format_type(nullif(t.typbasetype, 0), t.typtypmod), obj_description(t.oid, 'pg_type'))
from pg_type t join ours n on n.oid = t.typnamespace where t.typtype in ('e', 'd', 'r')
union all
select 'default privileges', format('%s %s %s', d.defaclrole::regrole, d.defaclnamespace::regnamespace,
  d.defaclobjtype), array(select a::text from unnest(d.defaclacl) a order by 1)::text
from pg_default_acl d
union all
select 'job', jobname::text, concat_ws(E'\n', schedule, command) from cron.job
order by 1, 2

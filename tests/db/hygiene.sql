-- Everything in our schemas that breaks a habit of this project; empty when all is well.
with ours (name) as (values ('public'), ('private')),
tables as (
  select c.oid, n.nspname || '.' || c.relname as name, c.relrowsecurity
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace join ours on ours.name = n.nspname
  where c.relkind in ('r', 'p')
),
functions as (
  select p.*, n.nspname || '.' || p.proname as name
  from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace join ours on ours.name = n.nspname
  where not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
),
policies as (
  select p.*, p.schemaname || '.' || p.tablename || ': ' || p.policyname as name, coalesce(qual, '') || coalesce(with_check, '') as rule
  from pg_policies as p where p.schemaname in ('public', 'private', 'realtime')
)
select 'table without row-level security' as problem, name as object from tables where not relrowsecurity
union all select 'table without comment', name from tables where obj_description(oid, 'pg_class') is null
union all select 'anon may do something', name from tables where has_table_privilege('anon', oid, 'select, insert, update, delete, truncate')
union all select 'authenticated may write', name from tables where has_table_privilege('authenticated', oid, 'insert, update, delete, truncate')
union all select 'function without empty search_path', name from functions where not coalesce(proconfig, '{}') && array['search_path=""']
union all select 'function without comment', name from functions where obj_description(oid, 'pg_proc') is null
union all select 'definer function that does not say why', name from functions where prosecdef and obj_description(oid, 'pg_proc') !~ 'Definer'
union all select 'function that everybody may call', name from functions
  where exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner))) as x where x.grantee = 0)
union all select 'function that anon may call', name from functions
  where has_function_privilege('anon', oid, 'execute') and proname not in ('widget_hello')
union all select 'public function that is no definer', name from functions where name like 'public.%' and not prosecdef
union all select 'function of more than 45 lines', name from functions
  where array_length(string_to_array(prosrc, E'\n'), 1) > 45
union all select 'policy open to every role', name from policies where roles = '{public}'
union all select 'policy for all commands', name from policies where cmd = 'ALL'
union all select 'policy not named table_command_who', name from policies where policyname !~ ('^' || tablename || '_' || lower(cmd) || '_[a-z_]+$')
union all select 'auth.uid() called for each row', name from policies where regexp_replace(rule, 'SELECT auth\.uid\(\)', '', 'gi') ~ 'auth\.uid\(\)'
union all select 'foreign key without index', conrelid::regclass || '.' || conname
  from pg_constraint as k join tables as t on t.oid = k.conrelid
  where contype = 'f' and not exists (select from pg_index as i where i.indrelid = k.conrelid and i.indkey[0] = k.conkey[1] and i.indpred is null)
order by 1, 2;

-- Roles belong to the whole cluster: made once, found again by every other database.
-- The password of those that log in is set by gateway.platform, equal to the superuser's.
do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('anon', 'nologin noinherit'),
      ('authenticated', 'nologin noinherit'),
      ('service_role', 'nologin noinherit bypassrls'),
      ('authenticator', 'login noinherit'),
      ('postgres', 'login createdb createrole bypassrls'),
      ('dashboard_user', 'nologin createdb createrole'),
      ('supabase_auth_admin', 'login noinherit createrole'),
      ('supabase_storage_admin', 'login noinherit createrole'),
      ('supabase_realtime_admin', 'nologin noinherit')
    ) as list (name, options)
  loop
    begin
      execute format('create role %I %s', wanted.name, wanted.options);
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;
end
$$;

do $$
begin
  if not pg_catalog.pg_has_role('authenticator', 'service_role', 'member')
    or not exists (
      select 1 from pg_catalog.pg_auth_members as m
      where m.member = 'postgres'::regrole and m.roleid = 'supabase_realtime_admin'::regrole
    )
  then
    grant anon, authenticated, service_role to authenticator;
    grant anon, authenticated, service_role to postgres;
    -- The platform lets postgres make policies and triggers on these roles' tables.
    grant supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin to postgres;
    alter role anon set statement_timeout = '3s';
    alter role authenticated set statement_timeout = '8s';
    alter role authenticator set statement_timeout = '8s';
    alter role authenticator set lock_timeout = '8s';
    alter role postgres set search_path = "$user", public, extensions;
    alter role supabase_auth_admin set search_path = auth;
    alter role supabase_auth_admin set idle_in_transaction_session_timeout = 60000;
    alter role supabase_storage_admin set search_path = storage;
  end if;
end
$$;

do $$
begin
  execute format('alter database %I owner to postgres', current_database());
end
$$;
grant usage on schema public to postgres, anon, authenticated, service_role;
grant create on schema public to postgres;
create schema extensions authorization postgres;
grant usage on schema extensions to anon, authenticated, service_role, dashboard_user;

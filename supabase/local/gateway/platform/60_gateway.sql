-- The stand-in's own machinery; nothing in the product may use this schema.
create schema gateway;
grant usage on schema gateway to authenticator;

create function gateway.call(
  for_role text, claims text, headers text, method text, path text, search_schemas text,
  read_only boolean, statement text, payload json, single boolean,
  out body text, out page bigint, out total bigint, out status text, out reply_headers text
) language plpgsql as $$
begin
  perform
    pg_catalog.set_config('search_path', search_schemas, true),
    pg_catalog.set_config('role', for_role, true),
    pg_catalog.set_config('request.jwt.claims', claims, true),
    pg_catalog.set_config('request.headers', headers, true),
    pg_catalog.set_config('request.method', method, true),
    pg_catalog.set_config('request.path', path, true);
  if read_only then
    perform pg_catalog.set_config('transaction_read_only', 'on', true);
  end if;
  execute statement into body, page, total using payload;
  if single and page <> 1 then
    raise exception 'not one row' using errcode = 'ZG116', detail = page::text;
  end if;
  status := pg_catalog.current_setting('response.status', true);
  reply_headers := pg_catalog.current_setting('response.headers', true);
end
$$;
comment on function gateway.call is
  'One request in one round trip: becomes the caller, then runs the statement the gateway built.';
revoke all on function gateway.call from public;
grant execute on function gateway.call to authenticator;

create function gateway.keep_partitions(today date default (now() at time zone 'utc')::date)
returns void language plpgsql as $$
declare
  day date;
  old name;
begin
  for day in select generate_series(today - 1, today + 3, interval '1 day')::date loop
    if to_regclass(format('realtime.messages_%s', to_char(day, 'YYYY_MM_DD'))) is null then
      execute format(
        'create table realtime.messages_%s partition of realtime.messages for values from (%L) to (%L)',
        to_char(day, 'YYYY_MM_DD'), day, day + 1
      );
      execute format(
        'alter table realtime.messages_%s owner to supabase_realtime_admin', to_char(day, 'YYYY_MM_DD')
      );
      execute format(
        'alter table realtime.messages_%s enable row level security', to_char(day, 'YYYY_MM_DD')
      );
    end if;
  end loop;
  for old in
    select c.relname from pg_catalog.pg_inherits as i join pg_catalog.pg_class as c on c.oid = i.inhrelid
    where i.inhparent = 'realtime.messages'::regclass
      and c.relname < 'messages_' || to_char(today - 3, 'YYYY_MM_DD')
  loop
    execute format('drop table realtime.%I', old);
  end loop;
end
$$;
comment on function gateway.keep_partitions is
  'Makes the partitions of realtime.messages from yesterday to three days ahead, drops those past 72 h.';
revoke all on function gateway.keep_partitions from public;
select gateway.keep_partitions();

create function gateway.announce_broadcast() returns trigger language plpgsql as $$
declare
  announcement text;
begin
  if new.extension <> 'broadcast' or new.event is null then
    return null;
  end if;
  announcement := jsonb_build_array(new.id, new.topic, new.event, new.private)
    || case when new.binary_payload is null then E'\n' || coalesce(new.payload, 'null')::text else '' end;
  -- A notification holds less than 8000 bytes; what is larger is fetched by its key.
  if octet_length(announcement) > 7000 or new.binary_payload is not null then
    announcement := jsonb_build_array(new.id, new.topic, new.event, new.private, new.inserted_at);
  end if;
  perform pg_notify('gateway_broadcast', announcement);
  return null;
end
$$;
create trigger announce_broadcast after insert on realtime.messages
  for each row execute function gateway.announce_broadcast();

create function gateway.watch_ddl() returns event_trigger language plpgsql as $$
declare
  change record;
begin
  -- On the platform postgres may make policies and triggers there, and nothing else.
  if session_user = 'postgres' then
    for change in select * from pg_event_trigger_ddl_commands() loop
      if change.schema_name in ('auth', 'storage', 'realtime')
        and change.command_tag ~ '^(CREATE|ALTER) (TABLE|INDEX|FUNCTION|VIEW|TYPE|SEQUENCE|DOMAIN)'
      then
        raise exception 'permission denied for schema %', change.schema_name
          using errcode = '42501',
            hint = 'The platform reserves this schema. Put your own objects elsewhere.';
      end if;
    end loop;
  end if;
  notify pgrst, 'reload schema';
end
$$;
create function gateway.watch_drops() returns event_trigger language plpgsql as $$
begin
  notify pgrst, 'reload schema';
end
$$;
create event trigger pgrst_ddl_watch on ddl_command_end execute function gateway.watch_ddl();
create event trigger pgrst_drop_watch on sql_drop execute function gateway.watch_drops();

create table gateway.installed (
  version text primary key,
  installed_at timestamptz not null default now()
);
comment on table gateway.installed is 'Which contents of gateway/platform this database holds.';

create function gateway.user_json(u auth.users) returns jsonb language sql stable as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'id', u.id, 'aud', u.aud, 'role', u.role, 'email', coalesce(u.email, ''),
    'email_confirmed_at', u.email_confirmed_at, 'phone', coalesce(u.phone, ''),
    'confirmed_at', u.confirmed_at, 'last_sign_in_at', u.last_sign_in_at,
    'app_metadata', coalesce(u.raw_app_meta_data, '{}'),
    'user_metadata', coalesce(u.raw_user_meta_data, '{}'),
    'banned_until', u.banned_until, 'created_at', coalesce(u.created_at, to_timestamp(0)),
    'updated_at', coalesce(u.updated_at, to_timestamp(0)),
    'is_anonymous', u.is_anonymous,
    'identities', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'identity_id', i.id, 'id', i.provider_id, 'user_id', i.user_id,
        'identity_data', i.identity_data, 'provider', i.provider, 'email', i.email,
        'last_sign_in_at', i.last_sign_in_at, 'created_at', i.created_at, 'updated_at', i.updated_at
      ) order by i.created_at), '[]')
      from auth.identities as i where i.user_id = u.id
    )
  ))
$$;
comment on function gateway.user_json is 'A user in the form that the Auth API answers.';
grant usage on schema gateway to supabase_auth_admin;

create function gateway.authorize(
  topic text, for_role text, claims text, user_id text, writing boolean
) returns text language plpgsql as $$
declare
  probes uuid[] := array[gen_random_uuid(), gen_random_uuid()];
  extensions text[] := array['broadcast', 'presence'];
  allowed text := '';
begin
  -- Everything in the inner block is rolled back: the probes, the role, the settings.
  begin
    if not writing then
      insert into realtime.messages (id, topic, extension)
      values (probes[1], authorize.topic, 'broadcast'), (probes[2], authorize.topic, 'presence');
    end if;
    perform
      set_config('realtime.topic', authorize.topic, true),
      set_config('request.jwt.claims', claims, true),
      set_config('request.jwt.claim.sub', user_id, true),
      set_config('request.jwt.claim.role', for_role, true),
      set_config('request.headers', '{}', true),
      set_config('role', for_role, true);
    for place in 1..2 loop
      begin
        if writing then
          insert into realtime.messages (topic, extension) values (authorize.topic, extensions[place]);
        elsif not exists (select from realtime.messages as m where m.id = probes[place]) then
          continue;
        end if;
        allowed := allowed || left(extensions[place], 1);
      exception when insufficient_privilege then
        null;
      end;
    end loop;
    raise exception using errcode = 'ZG200', message = 'checked';
  exception when sqlstate 'ZG200' then
    null;
  end;
  return allowed;
end
$$;
comment on function gateway.authorize is
  'What a role may do on a topic: `b` broadcast, `p` presence. Tries it on rows that it takes back.';
revoke all on function gateway.authorize from public;

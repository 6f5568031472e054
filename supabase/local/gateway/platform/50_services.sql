-- What pg_net, pg_cron and vault offer to SQL. The gateway does their work (gateway/jobs.py).
create schema net;
grant usage on schema net to postgres, anon, authenticated, service_role;

create unlogged table net.http_request_queue (
  id bigserial,
  method text not null,
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds int not null
);
create unlogged table net._http_response (
  id bigint,
  status_code int,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);
create index http_response_created_idx on net._http_response (created);

create function net._enqueue(method text, url text, params jsonb, headers jsonb, body bytea, patience int)
returns bigint language plpgsql security definer set search_path = '' as $$
declare
  query text;
  request_id bigint;
begin
  select string_agg(p.key || '=' || p.value, '&') into query
  from pg_catalog.jsonb_each_text(coalesce(params, '{}')) as p;
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values (
    method,
    url || coalesce(case when position('?' in url) > 0 then '&' else '?' end || query, ''),
    headers, body, patience
  )
  returning id into request_id;
  perform pg_catalog.pg_notify('gateway_net', '');
  return request_id;
end
$$;
revoke all on function net._enqueue(text, text, jsonb, jsonb, bytea, int) from public;

create function net.http_post(
  url text,
  body jsonb default '{}'::jsonb,
  params jsonb default '{}'::jsonb,
  headers jsonb default '{"Content-Type": "application/json"}'::jsonb,
  timeout_milliseconds int default 5000
) returns bigint language sql security definer set search_path = '' as $$
  select net._enqueue(
    'POST', url, params, headers, convert_to(body::text, 'UTF8'), timeout_milliseconds
  )
$$;
create function net.http_get(
  url text,
  params jsonb default '{}'::jsonb,
  headers jsonb default '{}'::jsonb,
  timeout_milliseconds int default 5000
) returns bigint language sql security definer set search_path = '' as $$
  select net._enqueue('GET', url, params, headers, null, timeout_milliseconds)
$$;
grant select on net._http_response to postgres;

create schema cron;
grant usage on schema cron to postgres;

create table cron.job (
  jobid bigserial primary key,
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport int not null default 5432,
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);
create table cron.job_run_details (
  jobid bigint,
  runid bigserial primary key,
  job_pid int,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
create index job_run_details_jobid_idx on cron.job_run_details (jobid, runid);
grant select, insert, update, delete on cron.job to postgres;
grant select, delete on cron.job_run_details to postgres;
grant usage on sequence cron.job_jobid_seq to postgres;

create function cron._check(schedule text) returns text language plpgsql immutable as $$
begin
  if schedule !~* '^\s*([1-9]|[1-5]\d)\s+seconds?\s*$'
    and schedule !~* '^\s*@(yearly|annually|monthly|weekly|daily|midnight|hourly)\s*$'
    and schedule !~* '^\s*([0-9a-z*/,$-]+\s+){4}[0-9a-z*/,$-]+\s*$'
  then
    raise exception 'invalid schedule: %', schedule
      using hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
  return schedule;
end
$$;
create function cron.schedule(job_name text, schedule text, command text) returns bigint
language sql as $$
  insert into cron.job (jobname, schedule, command)
  values (job_name, cron._check(schedule), command)
  on conflict on constraint jobname_username_uniq
    do update set schedule = excluded.schedule, command = excluded.command, active = true
  returning jobid
$$;
create function cron.schedule(schedule text, command text) returns bigint language sql as $$
  insert into cron.job (schedule, command) values (cron._check(schedule), command) returning jobid
$$;
create function cron.unschedule(job_id bigint) returns boolean language plpgsql as $$
begin
  delete from cron.job where jobid = job_id;
  if not found then
    raise exception 'could not find valid entry for job %', job_id;
  end if;
  return true;
end
$$;
create function cron.unschedule(job_name text) returns boolean language plpgsql as $$
begin
  delete from cron.job where jobname = job_name and username = current_user;
  if not found then
    raise exception 'could not find valid entry for job ''%''', job_name;
  end if;
  return true;
end
$$;

create schema vault;
grant usage on schema vault to postgres, service_role;

create table vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index secrets_name_idx on vault.secrets (name) where name is not null;
comment on table vault.secrets is
  'Not encrypted here: the stand-in keeps its data on the developer''s own disk.';
create view vault.decrypted_secrets as
  select id, name, description, secret, secret as decrypted_secret, key_id, nonce, created_at, updated_at
  from vault.secrets;
create function vault.create_secret(
  new_secret text, new_name text default null, new_description text default '',
  new_key_id uuid default null
) returns uuid language sql security definer set search_path = '' as $$
  insert into vault.secrets (secret, name, description, key_id)
  values (new_secret, new_name, new_description, new_key_id)
  returning id
$$;
create function vault.update_secret(
  secret_id uuid, new_secret text default null, new_name text default null,
  new_description text default null, new_key_id uuid default null
) returns void language sql security definer set search_path = '' as $$
  update vault.secrets
  set secret = coalesce(new_secret, secret), name = coalesce(new_name, name),
    description = coalesce(new_description, description), key_id = coalesce(new_key_id, key_id),
    updated_at = now()
  where id = secret_id
$$;
revoke all on function vault.create_secret(text, text, text, uuid) from public;
revoke all on function vault.update_secret(uuid, text, text, text, uuid) from public;
grant execute on function vault.create_secret(text, text, text, uuid) to postgres, service_role;
grant execute on function vault.update_secret(uuid, text, text, text, uuid) to postgres, service_role;
grant select, delete on vault.secrets, vault.decrypted_secrets to postgres, service_role;

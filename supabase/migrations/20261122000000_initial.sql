-- Nothing is readable, writable or callable until its own file grants it, whatever the project's default privileges are.

alter default privileges for role postgres in schema public
  revoke all on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke all on sequences from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke execute on functions from anon, authenticated, service_role;
alter default privileges for role postgres
  revoke execute on functions from public;

create schema private;
comment on schema private is 'Rules that clients never call by name. Not exposed by the API.';
revoke all on schema private from public;
grant usage on schema private to anon, authenticated, service_role;

create function private.refuse(word text, detail text default null)
returns void
language plpgsql
set search_path = ''
as $$
declare
  status text := case word
    when 'invalid' then '400' when 'forbidden' then '403' when 'not_found' then '404'
    when 'too_many' then '429' else '409' end;
  sentence text := case word
    when 'taken' then 'Another agent has accepted this chat.'
    when 'at_limit' then 'You have as many active chats as you may have.'
    when 'ended' then 'This chat is over.'
    when 'stale' then 'This was changed in the meantime.'
    when 'not_found' then 'There is no such thing here.'
    when 'forbidden' then 'You may not do this.'
    when 'invalid' then 'This value is missing or not valid.'
    when 'too_many' then 'Too much in a short time. Please wait a moment.'
    when 'offline' then 'Nobody is available right now.' end;
begin
  raise exception using errcode = 'PT' || status, message = sentence, hint = word, detail = coalesce(detail, '');
end
$$;
comment on function private.refuse(text, text) is
  'Refuses with one of the stable words of the SQL API (docs/sql-api.md): the word becomes the hint and the HTTP status.';

create function private.trimmed(value text, longest int, argument text)
returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  kept text := nullif(btrim(value, E' \t\r\n'), '');
begin
  if char_length(kept) > longest then
    perform private.refuse('invalid', argument);
  end if;
  return kept;
end
$$;
comment on function private.trimmed(text, int, text) is
  'A text without outer white space, null when empty; refuses with invalid when longer than so many characters.';

create function private.refused(argument text)
returns text
language plpgsql
set search_path = ''
as $$
begin
  perform private.refuse('invalid', argument);
  return null;
end
$$;
comment on function private.refused(text) is 'Refuses an argument with invalid, where an expression is needed. Volatile, or the planner would call it ahead of time.';
-- A workspace is a company: its sites, departments, agents, and the devices its agents are reached on.

create table public.workspaces (
  id uuid primary key default gen_random_uuid(),
  name text not null constraint workspaces_name_length check (char_length(name) between 1 and 120),
  created_at timestamptz not null default now()
);
comment on table public.workspaces is 'A company that answers its visitors with Deskbell.';

create table public.departments (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  name text not null constraint departments_name_length check (char_length(name) between 1 and 80),
  routing text not null default 'ring_all'
    constraint departments_routing_known check (routing in ('ring_all', 'round_robin', 'least_busy')),
  offer_seconds int not null default 30 constraint departments_offer_seconds_sane check (offer_seconds between 5 and 600),
  ring_seconds int not null default 120 constraint departments_ring_seconds_sane check (ring_seconds between 10 and 3600),
  fallback_department_id uuid references public.departments (id) on delete set null,
  created_at timestamptz not null default now(),
  constraint departments_fall_back_elsewhere check (fallback_department_id <> id)
);
comment on table public.departments is 'A group of agents that chats are routed to, with how they ring and for how long.';
create index departments_workspace_id_idx on public.departments (workspace_id);
create index departments_fallback_department_id_idx on public.departments (fallback_department_id);

create table public.sites (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  key text not null constraint sites_key_unique unique
    constraint sites_key_shape check (key ~ '^[a-z0-9-]{6,64}$'),
  name text not null constraint sites_name_length check (char_length(name) between 1 and 80),
  domain text not null default '',
  language text not null default 'en' constraint sites_language_shape check (language ~ '^[a-z]{2}(-[A-Za-z]{2,4})?$'),
  greeting text not null default '' constraint sites_greeting_length check (char_length(greeting) <= 300),
  color text constraint sites_color_shape check (color ~ '^#[0-9a-f]{6}$'),
  department_id uuid references public.departments (id) on delete set null,
  leave_seconds int not null default 30 constraint sites_leave_seconds_sane check (leave_seconds between 5 and 600),
  leave_seconds_phone int not null default 90 constraint sites_leave_seconds_phone_sane check (leave_seconds_phone between 5 and 600),
  created_at timestamptz not null default now()
);
comment on table public.sites is 'A website with the widget. Its key is public: it stands in the page.';
comment on column public.sites.department_id is 'Where a chat rings when the visitor chose no department; null: every agent.';
comment on column public.sites.leave_seconds is 'Grace, in seconds, before a ringing chat of a visitor who left counts as missed.';
create index sites_workspace_id_idx on public.sites (workspace_id);
create index sites_department_id_idx on public.sites (department_id);

create table public.agents (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null default 'agent' constraint agents_role_known check (role in ('owner', 'admin', 'agent')),
  display_name text not null constraint agents_display_name_length check (char_length(display_name) between 1 and 80),
  title text not null default '' constraint agents_title_length check (char_length(title) <= 80),
  photo text,
  status text not null default 'online' constraint agents_status_known check (status in ('online', 'away', 'invisible', 'offline')),
  status_until timestamptz,
  max_chats int not null default 5 constraint agents_max_chats_sane check (max_chats between 1 and 100),
  online boolean not null default false,
  expired_in_row int not null default 0,
  last_accepted_at timestamptz,
  created_at timestamptz not null default now(),
  constraint agents_once_per_workspace unique (workspace_id, user_id)
);
comment on table public.agents is 'People who answer. A row makes a signed-in user an agent of the workspace; nothing else does.';
comment on column public.agents.online is 'As last announced; private.online_agents tells who really is.';
comment on column public.agents.expired_in_row is 'Offers this agent let expire without an answer; at three the agent becomes away.';
create index agents_user_id_idx on public.agents (user_id);

create table public.agent_departments (
  agent_id uuid not null references public.agents (id) on delete cascade,
  department_id uuid not null references public.departments (id) on delete cascade,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  primary key (agent_id, department_id)
);
comment on table public.agent_departments is 'Which agent answers for which department.';
create index agent_departments_department_id_idx on public.agent_departments (department_id);
create index agent_departments_workspace_id_idx on public.agent_departments (workspace_id);

create table public.devices (
  id uuid primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  platform text not null constraint devices_platform_known
    check (platform in ('ios', 'android', 'web', 'macos', 'windows', 'linux')),
  name text not null default '' constraint devices_name_length check (char_length(name) <= 120),
  seen_at timestamptz not null default now(),
  created_at timestamptz not null default now()
) with (fillfactor = 80);
comment on table public.devices is 'Where an agent''s app runs. A device seen in the last minute makes its agent reachable.';
create index devices_user_id_idx on public.devices (user_id);

create function private.my_workspaces()
returns setof uuid
language sql stable security definer
set search_path = ''
begin atomic
  select a.workspace_id from public.agents as a where a.user_id = (select auth.uid());
end;
comment on function private.my_workspaces() is
  'The workspaces the caller is an agent of. Definer: the policies on agents call it, and would recurse otherwise.';
grant execute on function private.my_workspaces() to authenticated;

create function private.agent_in(workspace uuid)
returns public.agents
language plpgsql stable security definer
set search_path = ''
as $$
declare
  me public.agents;
begin
  select * into me from public.agents as a where a.workspace_id = workspace and a.user_id = auth.uid();
  return me;
end
$$;
comment on function private.agent_in(uuid) is
  'The caller''s own agent row in a workspace, or null. Definer: called from functions of visitors and agents alike.';

create function private.is_connected(agent_user uuid, at timestamptz)
returns boolean
language sql stable
set search_path = ''
begin atomic
  select exists (
    select from public.devices as d where d.user_id = agent_user and d.seen_at > at - interval '60 seconds'
  );
end;
comment on function private.is_connected(uuid, timestamptz) is 'Whether one of the user''s devices was seen in the last 60 seconds.';

create function private.effective_status(a public.agents, at timestamptz)
returns text
language sql stable
set search_path = ''
begin atomic
  select case when a.status_until <= at then 'online' else a.status end;
end;
comment on function private.effective_status(public.agents, timestamptz) is
  'The status an agent chose, or online once its end has passed.';

create function private.online_agents(workspace uuid, at timestamptz)
returns setof public.agents
language sql stable
set search_path = ''
begin atomic
  select a.* from public.agents as a
  where a.workspace_id = workspace
    and (a.status = 'online' or a.status_until <= at)
    and private.is_connected(a.user_id, at);
end;
comment on function private.online_agents(uuid, timestamptz) is
  'The agents of a workspace who are online: their status says so and a device of theirs is connected.';

alter table public.workspaces enable row level security;
alter table public.departments enable row level security;
alter table public.sites enable row level security;
alter table public.agents enable row level security;
alter table public.agent_departments enable row level security;
alter table public.devices enable row level security;

create policy workspaces_select_agent on public.workspaces for select to authenticated
  using (id = any (array(select private.my_workspaces())));
create policy departments_select_agent on public.departments for select to authenticated
  using (workspace_id = any (array(select private.my_workspaces())));
create policy sites_select_agent on public.sites for select to authenticated
  using (workspace_id = any (array(select private.my_workspaces())));
create policy agents_select_agent on public.agents for select to authenticated
  using (workspace_id = any (array(select private.my_workspaces())));
create policy agent_departments_select_agent on public.agent_departments for select to authenticated
  using (workspace_id = any (array(select private.my_workspaces())));
create policy devices_select_owner on public.devices for select to authenticated
  using (user_id = (select auth.uid()));

grant select on public.workspaces, public.departments, public.sites, public.agents, public.agent_departments, public.devices
  to authenticated;
grant select, insert, update, delete
  on public.workspaces, public.departments, public.sites, public.agents, public.agent_departments, public.devices
  to service_role;
-- How a company begins: its first workspace, and the people who join it.

create function private.require_founder()
returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if auth.uid() is null or coalesce((auth.jwt() ->> 'is_anonymous')::boolean, false) then
    perform private.refuse('forbidden');
  elsif exists (select from public.workspaces)
    and not exists (select from public.agents as a where a.user_id = auth.uid() and a.role = 'owner') then
    perform private.refuse('forbidden');
  end if;
end
$$;
comment on function private.require_founder() is
  'Lets through the first person to found a workspace in this project, and after that owners only.';

create function private.join_departments(agent public.agents)
returns void
language sql
set search_path = ''
begin atomic
  insert into public.agent_departments (agent_id, department_id, workspace_id)
  select agent.id, d.id, d.workspace_id from public.departments as d where d.workspace_id = agent.workspace_id
  on conflict do nothing;
end;
comment on function private.join_departments(public.agents) is 'Puts an agent into every department of their workspace.';

create function public.create_workspace(name text, site_name text, domain text)
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  workspace public.workspaces;
  general public.departments;
  site public.sites;
  me public.agents;
begin
  perform pg_advisory_xact_lock(hashtext('deskbell.create_workspace'));
  perform private.require_founder();
  insert into public.workspaces (name)
  values (coalesce(private.trimmed(name, 120, 'name'), private.refused('name')))
  returning * into workspace;
  insert into public.departments (workspace_id, name) values (workspace.id, 'General') returning * into general;
  insert into public.sites (workspace_id, key, name, domain, department_id)
  values (workspace.id, replace(gen_random_uuid()::text, '-', ''),
    coalesce(private.trimmed(site_name, 80, 'site_name'), private.refused('site_name')),
    coalesce(private.trimmed(domain, 253, 'domain'), ''), general.id)
  returning * into site;
  insert into public.agents (workspace_id, user_id, role, display_name)
  select workspace.id, u.id, 'owner', coalesce(nullif(left(split_part(u.email, '@', 1), 80), ''), 'Owner')
  from auth.users as u where u.id = auth.uid()
  returning * into me;
  perform private.join_departments(me);
  return jsonb_build_object('workspace_id', workspace.id, 'site_id', site.id, 'site_key', site.key);
end
$$;
comment on function public.create_workspace(text, text, text) is
  'Founds a workspace with one site and one department; the caller becomes its owner. Definer: nobody writes tables directly.';
revoke all on function public.create_workspace(text, text, text) from public, anon;
grant execute on function public.create_workspace(text, text, text) to authenticated;

create function public.add_agent(workspace_id uuid, email text, display_name text, role text default 'agent')
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  me public.agents := private.agent_in(workspace_id);
  account uuid;
  added public.agents;
begin
  if me.id is null then
    perform private.refuse('not_found');
  elsif me.role not in ('owner', 'admin') or (role <> 'agent' and me.role <> 'owner') then
    perform private.refuse('forbidden');
  elsif role is null or role not in ('owner', 'admin', 'agent') then
    perform private.refuse('invalid', 'role');
  end if;
  select u.id into account from auth.users as u where lower(u.email) = lower(add_agent.email) and not u.is_anonymous;
  if account is null then
    perform private.refuse('not_found', 'email');
  end if;
  insert into public.agents as a (workspace_id, user_id, role, display_name)
  values (workspace_id, account, role, coalesce(private.trimmed(display_name, 80, 'display_name'), private.refused('display_name')))
  on conflict on constraint agents_once_per_workspace do nothing
  returning * into added;
  if added.id is not null then
    perform private.join_departments(added);
  end if;
  return (select jsonb_build_object('agent_id', a.id, 'user_id', a.user_id, 'role', a.role, 'display_name', a.display_name)
    from public.agents as a where a.workspace_id = add_agent.workspace_id and a.user_id = account);
end
$$;
comment on function public.add_agent(uuid, text, text, text) is
  'Makes a person who has an account an agent of the workspace, in all its departments; again: no change. Owners add anybody, admins agents. Definer: nobody writes tables directly.';
revoke all on function public.add_agent(uuid, text, text, text) from public, anon;
grant execute on function public.add_agent(uuid, text, text, text) to authenticated;
-- Visitors are people on a site; a visit is one browsing session of theirs. Both are read by agents only.

create table public.visitors (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  user_id uuid references auth.users (id) on delete set null,
  name text constraint visitors_name_length check (char_length(name) <= 120),
  email text constraint visitors_email_length check (char_length(email) <= 254),
  phone text constraint visitors_phone_length check (char_length(phone) <= 40),
  language text constraint visitors_language_length check (char_length(language) <= 35),
  timezone text constraint visitors_timezone_length check (char_length(timezone) <= 64),
  country text constraint visitors_country_shape check (country ~ '^[A-Z]{2}$'),
  device text constraint visitors_device_known check (device in ('phone', 'tablet', 'desktop')),
  attributes jsonb not null default '{}' constraint visitors_attributes_is_object check (jsonb_typeof(attributes) = 'object'),
  last_agent_id uuid references public.agents (id) on delete set null,
  chats int not null default 0,
  version int not null default 1,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  search tsvector generated always as (
    to_tsvector('simple'::regconfig, coalesce(name, '') || ' ' || translate(coalesce(email, ''), '@.', '  ')
      || ' ' || coalesce(email, '') || ' ' || coalesce(phone, ''))
  ) stored,
  constraint visitors_once_per_workspace unique (workspace_id, user_id)
);
comment on table public.visitors is 'A person on a site. Known by an anonymous sign-in, made at the first message.';
comment on column public.visitors.attributes is 'What the site tells of the visitor by setAttributes(); claims of the page, never proof.';
comment on column public.visitors.chats is 'How many chats this visitor has started.';
create index visitors_user_id_idx on public.visitors (user_id);
create index visitors_last_agent_id_idx on public.visitors (last_agent_id);
create index visitors_search_idx on public.visitors using gin (search);

create table public.visits (
  id uuid primary key,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  site_id uuid not null references public.sites (id) on delete cascade,
  visitor_id uuid references public.visitors (id) on delete cascade,
  page_url text not null default '',
  page_title text not null default '',
  referrer text not null default '',
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
comment on table public.visits is 'One browsing session on a site, with the page it is on now.';
create index visits_workspace_id_idx on public.visits (workspace_id);
create index visits_site_id_idx on public.visits (site_id);
create index visits_visitor_id_idx on public.visits (visitor_id);

alter table public.visitors enable row level security;
alter table public.visits enable row level security;
create policy visitors_select_agent on public.visitors for select to authenticated
  using (workspace_id = any (array(select private.my_workspaces())));
create policy visits_select_agent on public.visits for select to authenticated
  using (workspace_id = any (array(select private.my_workspaces())));
grant select on public.visitors, public.visits to authenticated;
grant select, insert, update, delete on public.visitors, public.visits to service_role;

create function private.my_visitor(workspace uuid)
returns public.visitors
language sql stable
set search_path = ''
begin atomic
  select v from public.visitors as v where v.workspace_id = workspace and v.user_id = (select auth.uid());
end;
comment on function private.my_visitor(uuid) is 'The caller''s own visitor row in a workspace, or null.';

create function private.one_of(value text, known text[])
returns text
language sql immutable
set search_path = ''
begin atomic
  select value where value = any (known);
end;
comment on function private.one_of(text, text[]) is 'The value when it is one of the known ones, else null.';

create function private.fit_attributes(told jsonb)
returns jsonb
language sql immutable
set search_path = ''
begin atomic
  select case when jsonb_typeof(told) = 'object' and octet_length(told::text) <= 4096 then told else '{}' end;
end;
comment on function private.fit_attributes(jsonb) is
  'The custom attributes of a visitor; none when they are no object or over 4 kB, for a mistake of the site must not cost a chat.';

create function private.keep_visitor(workspace uuid, facts jsonb)
returns public.visitors
language plpgsql
set search_path = ''
as $$
declare
  kept public.visitors;
begin
  insert into public.visitors as v (workspace_id, user_id, name, email, phone, language, timezone, device, attributes)
  values (
    workspace, auth.uid(),
    private.trimmed(facts ->> 'name', 120, 'visitor.name'),
    private.trimmed(facts ->> 'email', 254, 'visitor.email'),
    private.trimmed(facts ->> 'phone', 40, 'visitor.phone'),
    private.trimmed(facts ->> 'language', 35, 'visitor.language'),
    private.trimmed(facts ->> 'timezone', 64, 'visitor.timezone'),
    private.one_of(facts ->> 'device', array['phone', 'tablet', 'desktop']),
    private.fit_attributes(facts -> 'attributes')
  )
  on conflict (workspace_id, user_id) do update set
    name = coalesce(excluded.name, v.name),
    email = coalesce(excluded.email, v.email),
    phone = coalesce(excluded.phone, v.phone),
    language = coalesce(excluded.language, v.language),
    timezone = coalesce(excluded.timezone, v.timezone),
    device = coalesce(excluded.device, v.device),
    attributes = case
      when octet_length((v.attributes || excluded.attributes)::text) <= 16384 then v.attributes || excluded.attributes
      else excluded.attributes end,
    seen_at = now()
  returning * into kept;
  return kept;
end
$$;
comment on function private.keep_visitor(uuid, jsonb) is
  'Makes the caller a visitor of the workspace, or refreshes what is known of them; what is not told stays as it was.';

create function private.keep_visit(site public.sites, visitor uuid, visit uuid, facts jsonb)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  kept uuid;
begin
  if visit is null then
    return null;
  end if;
  insert into public.visits as v (id, workspace_id, site_id, visitor_id, page_url, page_title, referrer)
  values (
    visit, site.workspace_id, site.id, visitor,
    coalesce(left(facts -> 'page' ->> 'url', 2000), ''),
    coalesce(left(facts -> 'page' ->> 'title', 300), ''),
    coalesce(left(facts ->> 'referrer', 2000), '')
  )
  on conflict (id) do update set
    visitor_id = excluded.visitor_id, page_url = excluded.page_url, page_title = excluded.page_title, seen_at = now()
    where v.site_id = excluded.site_id and (v.visitor_id is null or v.visitor_id = excluded.visitor_id)
  returning id into kept;
  return kept;
end
$$;
comment on function private.keep_visit(public.sites, uuid, uuid, jsonb) is
  'Writes down the browsing session a chat comes from; null when none was named or it is another visitor''s.';
-- A chat is one talk of a visitor with us, from the first message to its end; an offer is one ring of it at one agent.

create table public.chats (
  id uuid primary key,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  site_id uuid not null references public.sites (id) on delete cascade,
  department_id uuid references public.departments (id) on delete set null,
  visitor_id uuid not null references public.visitors (id) on delete cascade,
  visit_id uuid references public.visits (id) on delete set null,
  agent_id uuid references public.agents (id) on delete set null,
  previous_chat_id uuid references public.chats (id) on delete set null,
  status text not null default 'ringing'
    constraint chats_status_known check (status in ('ringing', 'active', 'ended', 'missed', 'offline')),
  missed_reason text constraint chats_missed_reason_known
    check (missed_reason in ('no_answer', 'all_declined', 'visitor_left', 'visitor_closed', 'agent_lost')),
  ended_by text constraint chats_ended_by_known check (ended_by in ('visitor', 'agent', 'system')),
  page_url text not null default '',
  page_title text not null default '',
  started_at timestamptz not null default now(),
  ring_started_at timestamptz not null default now(),
  ring_until timestamptz not null default now(),
  fell_back boolean not null default false,
  accepted_at timestamptz,
  ended_at timestamptz,
  visitor_seen_at timestamptz not null default now(),
  visitor_left_at timestamptz,
  first_text text not null default '',
  last_text text not null default '',
  last_author text not null default 'visitor',
  last_message_at timestamptz not null default now(),
  last_seq bigint not null default 0,
  agent_read_seq bigint not null default 0,
  visitor_read_seq bigint not null default 0,
  unread int not null default 0,
  rating int constraint chats_rating_range check (rating between 1 and 5),
  constraint chats_active_has_agent check (status <> 'active' or agent_id is not null),
  constraint chats_missed_has_reason check ((status = 'missed') = (missed_reason is not null)),
  constraint chats_finished_has_end check ((status in ('ringing', 'active')) = (ended_at is null))
) with (fillfactor = 85);
comment on table public.chats is 'One talk of a visitor with us, from the first message to its end.';
comment on column public.chats.ring_started_at is 'When the present ring began; declines made before it no longer count.';
comment on column public.chats.visitor_left_at is 'When the visitor''s page said goodbye; null while it is open.';
comment on column public.chats.unread is 'Messages of the visitor that no agent has read.';
create index chats_ringing_idx on public.chats (workspace_id, ring_started_at) where status = 'ringing';
create index chats_active_idx on public.chats (agent_id) where status = 'active';
create index chats_history_idx on public.chats (workspace_id, ended_at desc, id desc);
create index chats_visitor_id_idx on public.chats (visitor_id, started_at desc);
create index chats_agent_id_idx on public.chats (agent_id);
create index chats_site_id_idx on public.chats (site_id);
create index chats_department_id_idx on public.chats (department_id);
create index chats_visit_id_idx on public.chats (visit_id);
create index chats_previous_chat_id_idx on public.chats (previous_chat_id);

create table public.offers (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  chat_id uuid not null references public.chats (id) on delete cascade,
  agent_id uuid not null references public.agents (id) on delete cascade,
  offered_at timestamptz not null default now(),
  expires_at timestamptz not null,
  outcome text constraint offers_outcome_known
    check (outcome in ('accepted', 'declined', 'expired', 'taken', 'withdrawn')),
  decided_at timestamptz,
  reason text constraint offers_reason_length check (char_length(reason) <= 500),
  constraint offers_decided_has_time check ((outcome is null) = (decided_at is null))
);
comment on table public.offers is 'One ring of one chat at one agent, and what became of it. Open while the outcome is null.';
create unique index offers_one_open_idx on public.offers (chat_id, agent_id) where outcome is null;
create index offers_open_agent_idx on public.offers (agent_id) where outcome is null;
create index offers_open_expiry_idx on public.offers (expires_at) where outcome is null;
create index offers_chat_id_idx on public.offers (chat_id, offered_at);
create index offers_agent_id_idx on public.offers (agent_id);
create index offers_workspace_id_idx on public.offers (workspace_id);

alter table public.chats enable row level security;
alter table public.offers enable row level security;
create policy chats_select_agent on public.chats for select to authenticated
  using (workspace_id = any (array(select private.my_workspaces())));
create policy offers_select_agent on public.offers for select to authenticated
  using (workspace_id = any (array(select private.my_workspaces())));
grant select on public.chats, public.offers to authenticated;
grant select, insert, update, delete on public.chats, public.offers to service_role;

create function private.agent_card(agent uuid)
returns jsonb
language sql stable
set search_path = ''
begin atomic
  select jsonb_build_object('name', a.display_name, 'title', a.title, 'photo', a.photo)
  from public.agents as a where a.id = agent;
end;
comment on function private.agent_card(uuid) is 'What visitors see of an agent; null for no agent.';

create function private.place_in_line(c public.chats)
returns bigint
language sql stable
set search_path = ''
begin atomic
  select count(*) from public.chats as o
  where c.status = 'ringing' and o.workspace_id = c.workspace_id and o.status = 'ringing'
    and o.department_id is not distinct from c.department_id
    and (o.started_at, o.id) <= (c.started_at, c.id);
end;
comment on function private.place_in_line(public.chats) is
  'Place of a ringing chat among those of its department, by the time it first started, from 1; 0 when it does not ring.';

create function private.visitor_chat(c public.chats)
returns jsonb
language sql stable
set search_path = ''
begin atomic
  select jsonb_build_object(
    'id', c.id, 'site_id', c.site_id, 'status', c.status,
    'agent', private.agent_card(c.agent_id),
    'place', nullif(private.place_in_line(c), 0),
    'waited_seconds', round(extract(epoch from coalesce(c.accepted_at, c.ended_at, now()) - c.ring_started_at)),
    'started_at', c.started_at, 'accepted_at', c.accepted_at, 'ended_at', c.ended_at,
    'ended_by', c.ended_by, 'missed_reason', c.missed_reason,
    'last_seq', c.last_seq, 'agent_read_seq', c.agent_read_seq, 'visitor_read_seq', c.visitor_read_seq,
    'language', s.language)
  from public.sites as s where s.id = c.site_id;
end;
comment on function private.visitor_chat(public.chats) is 'A chat as its visitor sees it (docs/sql-api.md).';

create function private.chat_facts(c public.chats, at timestamptz)
returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', c.id, 'workspace_id', c.workspace_id, 'site_id', c.site_id, 'department_id', c.department_id,
    'status', c.status, 'agent_id', c.agent_id, 'page', jsonb_build_object('url', c.page_url, 'title', c.page_title),
    'first_text', c.first_text, 'last_text', c.last_text, 'last_author', c.last_author,
    'last_message_at', c.last_message_at, 'last_seq', c.last_seq,
    'agent_read_seq', c.agent_read_seq, 'visitor_read_seq', c.visitor_read_seq, 'unread', c.unread,
    'started_at', c.started_at, 'ring_started_at', c.ring_started_at, 'ring_until', c.ring_until,
    'accepted_at', c.accepted_at, 'ended_at', c.ended_at, 'ended_by', c.ended_by, 'missed_reason', c.missed_reason,
    'wait_seconds', round(extract(epoch from coalesce(c.accepted_at, c.ended_at, at) - c.ring_started_at)),
    'rating', c.rating,
    'visitor_here', c.visitor_left_at is null and c.visitor_seen_at > at - interval '75 seconds');
end
$$;
comment on function private.chat_facts(public.chats, timestamptz) is 'The part of a desk chat that stands in the chat''s own row.';

create function private.visitor_facts(v public.visitors)
returns jsonb
language plpgsql immutable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', v.id, 'name', v.name, 'email', v.email, 'phone', v.phone, 'language', v.language, 'country', v.country,
    'device', v.device, 'timezone', v.timezone, 'chats', v.chats);
end
$$;
comment on function private.visitor_facts(public.visitors) is 'What agents see of a visitor in a list.';

create function private.desk_chats(page public.chats[], at timestamptz default now())
returns setof jsonb
language sql stable rows 50
set search_path = ''
begin atomic
  select private.chat_facts(k.c, at) || jsonb_build_object(
    'site_name', s.name, 'department_name', d.name, 'agent_name', a.display_name,
    'visitor', (select private.visitor_facts(v) from public.visitors as v where v.id = (k.c).visitor_id))
  from (select c, row_number() over () as n from unnest(page) as c) as k
  join public.sites as s on s.id = (k.c).site_id
  left join public.departments as d on d.id = (k.c).department_id
  left join public.agents as a on a.id = (k.c).agent_id
  order by k.n;
end;
comment on function private.desk_chats(public.chats[], timestamptz) is
  'Chats as agents see them in a list, in the order given (docs/sql-api.md).';

create function private.desk_chat(c public.chats, at timestamptz default now())
returns jsonb
language sql stable
set search_path = ''
begin atomic
  select private.desk_chats(array[c], at);
end;
comment on function private.desk_chat(public.chats, timestamptz) is 'One chat as agents see it in a list.';

create function private.agent_chat(chat_id uuid)
returns public.chats
language plpgsql stable
set search_path = ''
as $$
declare
  c public.chats;
begin
  select * into c from public.chats as k where k.id = chat_id
    and k.workspace_id = any (array(select private.my_workspaces()));
  if not found then
    perform private.refuse('not_found');
  end if;
  return c;
end
$$;
comment on function private.agent_chat(uuid) is 'A chat of the caller''s workspaces, or the refusal not_found.';

create function private.own_chat(chat_id uuid)
returns public.chats
language plpgsql stable
set search_path = ''
as $$
declare
  c public.chats;
begin
  select k.* into c from public.chats as k
  join public.visitors as v on v.id = k.visitor_id
  where k.id = chat_id and v.user_id = auth.uid();
  if not found then
    perform private.refuse('not_found');
  end if;
  return c;
end
$$;
comment on function private.own_chat(uuid) is 'A chat of the calling visitor, or the refusal not_found.';
-- Messages of a chat: the client makes the id, the server the sequence number, which has no gaps within a chat.

create table public.messages (
  chat_id uuid not null references public.chats (id) on delete cascade,
  seq bigint not null,
  id uuid not null constraint messages_id_unique unique,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  author text not null constraint messages_author_known check (author in ('visitor', 'agent', 'system')),
  agent_id uuid references public.agents (id) on delete set null,
  author_name text,
  body text not null constraint messages_body_length check (char_length(body) between 1 and 10000),
  event text constraint messages_event_known
    check (event in ('agent_joined', 'chat_ended', 'chat_missed', 'nobody_there', 'rings_again')),
  data jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  search tsvector generated always as (to_tsvector('simple'::regconfig, case when event is null then body else '' end)) stored,
  primary key (chat_id, seq),
  constraint messages_event_is_system check ((author = 'system') = (event is not null))
);
comment on table public.messages is 'What was said in a chat, in order. Never updated by clients; the transcript is what happened.';
comment on column public.messages.author_name is 'The agent''s display name when it was written, so that a transcript keeps its names.';
create index messages_agent_id_idx on public.messages (agent_id);
create index messages_workspace_id_idx on public.messages (workspace_id);
create index messages_search_idx on public.messages using gin (search);

alter table public.messages enable row level security;
create policy messages_select_agent on public.messages for select to authenticated
  using (workspace_id = any (array(select private.my_workspaces())));
grant select on public.messages to authenticated;
grant select, insert, update, delete on public.messages to service_role;

create function private.message_sent(m public.messages)
returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'chat_id', m.chat_id, 'seq', m.seq, 'id', m.id, 'author', m.author, 'agent_id', m.agent_id,
    'author_name', m.author_name, 'body', left(m.body, 1000), 'event', m.event, 'data', m.data,
    'created_at', m.created_at, 'cut', char_length(m.body) > 1000);
end
$$;
comment on function private.message_sent(public.messages) is 'The payload of the event message_sent (docs/sql-api.md).';

create function private.announce(topic text, event text, payload jsonb)
returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform realtime.send(payload, event, topic, true);
end
$$;
comment on function private.announce(text, text, jsonb) is
  'Sends an event on a private topic. Definer: only the owner may write there, and realtime.send swallows a refusal.';

create function private.announce_chat(c public.chats)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.announce('workspace:' || c.workspace_id, 'chat_changed', jsonb_build_object(
    'chat_id', c.id, 'status', c.status, 'agent_id', c.agent_id, 'last_seq', c.last_seq));
end
$$;
comment on function private.announce_chat(public.chats) is 'Tells the workspace''s agents that a chat changed.';

create function private.announce_message(c public.chats, m public.messages)
returns void
language plpgsql
set search_path = ''
as $$
declare
  payload jsonb := private.message_sent(m);
  owner_user uuid;
begin
  perform private.announce('chat:' || c.id, 'message_sent', payload);
  if c.status = 'active' then
    select a.user_id into owner_user from public.agents as a where a.id = c.agent_id;
    perform private.announce('agent:' || owner_user, 'message_sent', payload);
  elsif c.status = 'ringing' and m.author = 'visitor' and m.seq > 1 then
    perform private.announce_chat(c);
  end if;
end
$$;
comment on function private.announce_message(public.chats, public.messages) is
  'Tells the chat''s own topic and its agent of a message; while it rings, everybody who might answer.';

create function private.add_message(m public.messages)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  c public.chats;
begin
  update public.chats set
    last_seq = last_seq + 1,
    last_text = case when m.event is null then left(m.body, 200) else last_text end,
    first_text = case when first_text = '' and m.event is null then left(m.body, 200) else first_text end,
    last_author = case when m.event is null then m.author else last_author end,
    last_message_at = case when m.event is null then clock_timestamp() else last_message_at end,
    unread = unread + (m.author = 'visitor')::int,
    agent_read_seq = case m.author when 'agent' then last_seq + 1 else agent_read_seq end,
    visitor_read_seq = case m.author when 'visitor' then last_seq + 1 else visitor_read_seq end
  where id = m.chat_id
  returning * into c;
  insert into public.messages (chat_id, seq, id, workspace_id, author, agent_id, author_name, body, event, data)
  values (c.id, c.last_seq, m.id, c.workspace_id, m.author, m.agent_id,
    (select a.display_name from public.agents as a where a.id = m.agent_id), m.body, m.event, coalesce(m.data, '{}'))
  returning * into m;
  perform private.announce_message(c, m);
  return m;
end
$$;
comment on function private.add_message(public.messages) is
  'Gives a message the next sequence number under the chat''s row lock, stores it and announces it.';

create function private.add_event(chat_id uuid, event text, sentence text, data jsonb default '{}')
returns void
language plpgsql
set search_path = ''
as $$
declare
  m public.messages;
begin
  m.chat_id := chat_id;
  m.id := gen_random_uuid();
  m.author := 'system';
  m.event := event;
  m.body := sentence;
  m.data := data;
  perform private.add_message(m);
end
$$;
comment on function private.add_event(uuid, text, text, jsonb) is
  'Adds a system message. Clients word it by its event; the English sentence serves exports and plain readers.';
-- Who may say something in a chat, and what reading and writing do.

create function private.is_visitor_of(c public.chats)
returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return exists (select from public.visitors as v where v.id = c.visitor_id and v.user_id = auth.uid());
end
$$;
comment on function private.is_visitor_of(public.chats) is
  'Whether the caller is the chat''s visitor. Definer: visitors cannot read the tables.';

create function private.takes_part(c public.chats)
returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return private.is_visitor_of(c)
    or exists (select from public.agents as a where a.workspace_id = c.workspace_id and a.user_id = auth.uid());
end
$$;
comment on function private.takes_part(public.chats) is
  'Whether the caller is the chat''s visitor or an agent of its workspace. Definer: visitors cannot read these tables.';

create function private.checked_body(body text)
returns text
language plpgsql stable
set search_path = ''
as $$
begin
  return coalesce(private.trimmed(body, 10000, 'body'), private.refused('body'));
end
$$;
comment on function private.checked_body(text) is 'The text of a message without outer white space; refuses an empty or too long one.';

create function private.check_pace(c public.chats)
returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if exists (
    select from public.messages as m
    where m.chat_id = c.id and m.seq = c.last_seq - 29 and m.created_at > clock_timestamp() - interval '10 seconds'
  ) then
    perform private.refuse('too_many');
  end if;
end
$$;
comment on function private.check_pace(public.chats) is 'Refuses with too_many when the chat took 30 messages in the last 10 seconds.';

create function private.speaker(c public.chats)
returns public.messages
language plpgsql stable
set search_path = ''
as $$
declare
  m public.messages;
begin
  if private.is_visitor_of(c) then
    m.author := 'visitor';
    if c.status = 'ended' then
      perform private.refuse('ended');
    end if;
    return m;
  end if;
  m.author := 'agent';
  m.agent_id := (private.agent_in(c.workspace_id)).id;
  if m.agent_id is null then
    perform private.refuse('not_found');
  elsif c.status <> 'active' then
    perform private.refuse(case c.status when 'ringing' then 'forbidden' else 'ended' end);
  elsif c.agent_id <> m.agent_id then
    perform private.refuse('taken', (select a.display_name from public.agents as a where a.id = c.agent_id));
  end if;
  return m;
end
$$;
comment on function private.speaker(public.chats) is
  'Who the caller is in a chat, as the beginning of a message; refuses whoever may not write there now.';

create function private.open_chat(chat_id uuid)
returns public.chats
language plpgsql stable
set search_path = ''
as $$
declare
  c public.chats;
begin
  select * into c from public.chats as k where k.id = chat_id;
  if not found or not private.takes_part(c) then
    perform private.refuse('not_found');
  end if;
  return c;
end
$$;
comment on function private.open_chat(uuid) is 'A chat the caller takes part in, or the refusal not_found.';

create function private.repeated(c public.chats, known public.messages)
returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  if known.chat_id <> c.id then
    perform private.refuse('invalid', 'message_id');
  elsif not private.takes_part(c) then
    perform private.refuse('not_found');
  end if;
  return jsonb_build_object('id', known.id, 'seq', known.seq, 'created_at', known.created_at);
end
$$;
comment on function private.repeated(public.chats, public.messages) is
  'The answer to a message that is stored already; refuses an id that belongs to another chat.';

create function public.send_message(chat_id uuid, message_id uuid, body text, attachments jsonb default '[]')
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  c public.chats;
  m public.messages;
  known public.messages;
begin
  if message_id is null then
    perform private.refuse('invalid', 'message_id');
  elsif attachments is distinct from '[]'::jsonb then
    perform private.refuse('invalid', 'attachments');
  end if;
  select * into c from public.chats as k where k.id = chat_id for no key update;
  if not found then
    perform private.refuse('not_found');
  end if;
  select * into known from public.messages as k where k.id = message_id;
  if found then
    return private.repeated(c, known);
  end if;
  m := private.speaker(c);
  m.chat_id := c.id;
  m.id := message_id;
  m.body := private.checked_body(body);
  perform private.check_pace(c);
  m := private.add_message(m);
  return jsonb_build_object('id', m.id, 'seq', m.seq, 'created_at', m.created_at);
end
$$;
comment on function public.send_message(uuid, uuid, text, jsonb) is
  'Writes a message into a chat, once for each message id. Definer: nobody writes tables directly; the caller must be the chat''s visitor or its agent.';
revoke all on function public.send_message(uuid, uuid, text, jsonb) from public, anon;
grant execute on function public.send_message(uuid, uuid, text, jsonb) to authenticated;

create type public.chat_message as (
  chat_id uuid, seq bigint, id uuid, author text, agent_id uuid, author_name text,
  body text, event text, data jsonb, created_at timestamptz
);
comment on type public.chat_message is 'A message as both sides of a chat see it.';

create function public.messages_since(chat_id uuid, seq bigint, page_size int default 200)
returns setof public.chat_message
language plpgsql stable security definer
set search_path = ''
as $$
declare
  c public.chats := private.open_chat(chat_id);
begin
  return query
    select m.chat_id, m.seq, m.id, m.author, m.agent_id, m.author_name, m.body, m.event, m.data, m.created_at
    from public.messages as m
    where m.chat_id = c.id and m.seq > coalesce(messages_since.seq, 0)
    order by m.seq
    limit least(greatest(coalesce(page_size, 200), 1), 500);
end
$$;
comment on function public.messages_since(uuid, bigint, int) is
  'The messages after a sequence number, in order, at most 500. Definer: visitors have no rights on the table.';
revoke all on function public.messages_since(uuid, bigint, int) from public, anon;
grant execute on function public.messages_since(uuid, bigint, int) to authenticated;

create function private.read_by(c public.chats, upto bigint, reader text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if reader = 'visitor' then
    update public.chats set visitor_read_seq = upto where id = c.id;
  else
    update public.chats set agent_read_seq = upto, unread = (
      select count(*) from public.messages as m where m.chat_id = c.id and m.seq > upto and m.author = 'visitor')
    where id = c.id;
    perform private.announce('agent:' || auth.uid(), 'chat_changed', jsonb_build_object('chat_id', c.id));
  end if;
  perform private.announce('chat:' || c.id, 'messages_read', jsonb_build_object('by', reader, 'seq', upto));
end
$$;
comment on function private.read_by(public.chats, bigint, text) is 'Moves one side''s read mark and tells the other.';

create function public.mark_read(chat_id uuid, seq bigint)
returns void
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  c public.chats;
  upto bigint;
  me public.agents;
begin
  select * into c from public.chats as k where k.id = chat_id for no key update;
  if not found or not private.takes_part(c) then
    perform private.refuse('not_found');
  end if;
  upto := least(seq, c.last_seq);
  me := private.agent_in(c.workspace_id);
  if me.id is null then
    if upto > c.visitor_read_seq then
      perform private.read_by(c, upto, 'visitor');
    end if;
  elsif c.agent_id = me.id and upto > c.agent_read_seq then
    perform private.read_by(c, upto, 'agent');
  end if;
end
$$;
comment on function public.mark_read(uuid, bigint) is
  'The caller has read up to a sequence number. Marks never go back; only the chat''s own agent marks for the agents. Definer: nobody writes tables directly.';
revoke all on function public.mark_read(uuid, bigint) from public, anon;
grant execute on function public.mark_read(uuid, bigint) to authenticated;
-- Who hears and who speaks on which realtime topic. Policies see the topic, never the payload.

create function private.may_hear(topic text)
returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
declare
  kind text := split_part(topic, ':', 1);
  me uuid := auth.uid();
  thing uuid;
begin
  if topic !~ '^(chat|typing|agent|workspace):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    return false;
  end if;
  thing := split_part(topic, ':', 2)::uuid;
  case kind
    when 'agent' then return thing = me;
    when 'workspace' then
      return exists (select from public.agents as a where a.workspace_id = thing and a.user_id = me);
    else
      return exists (
        select from public.chats as c
        where c.id = thing and private.takes_part(c));
  end case;
end
$$;
comment on function private.may_hear(text) is
  'Whether the caller may listen on a realtime topic. Definer: one indexed lookup, whatever the caller may read.';
grant execute on function private.may_hear(text) to authenticated;

create function private.may_speak(topic text, extension text)
returns boolean
language sql stable
set search_path = ''
begin atomic
  select case extension
    when 'broadcast' then topic like 'typing:%'
    when 'presence' then topic like 'workspace:%'
    else false end
    and private.may_hear(topic);
end;
comment on function private.may_speak(text, text) is
  'Whether the caller may send on a topic: typing is the only thing clients broadcast, all else comes from the database.';
grant execute on function private.may_speak(text, text) to authenticated;

create policy messages_select_participant on realtime.messages for select to authenticated
  using (extension in ('broadcast', 'presence') and (select private.may_hear((select realtime.topic()))));
create policy messages_insert_participant on realtime.messages for insert to authenticated
  with check (private.may_speak((select realtime.topic()), extension));
-- Ringing: who is rung, in what order, and what accept, decline and silence do.
-- Locks are always taken in the order chat, agent, offers; loops over chats skip the locked ones. So nothing can deadlock.

create function private.rules_of(department uuid)
returns public.departments
language plpgsql stable
set search_path = ''
as $$
declare
  d public.departments;
begin
  select * into d from public.departments as k where k.id = department;
  d.routing := coalesce(d.routing, 'ring_all');
  d.offer_seconds := coalesce(d.offer_seconds, 30);
  d.ring_seconds := coalesce(d.ring_seconds, 120);
  return d;
end
$$;
comment on function private.rules_of(uuid) is 'How a department rings; the defaults of product section 1 for a chat without one.';

create function private.active_chats(agent uuid)
returns bigint
language sql stable
set search_path = ''
begin atomic
  select count(*) from public.chats as c where c.agent_id = agent and c.status = 'active';
end;
comment on function private.active_chats(uuid) is 'How many chats an agent has now.';

create function private.answers_for(agent uuid, department uuid)
returns boolean
language sql stable
set search_path = ''
begin atomic
  select department is null or exists (
    select from public.agent_departments as x where x.agent_id = agent and x.department_id = department);
end;
comment on function private.answers_for(uuid, uuid) is 'Whether an agent belongs to a department; everybody answers where there is none.';

create function private.eligible_agents(c public.chats, at timestamptz)
returns setof public.agents
language sql stable
set search_path = ''
begin atomic
  select a.* from private.online_agents(c.workspace_id, at) as a
  where private.answers_for(a.id, c.department_id)
    and private.active_chats(a.id) < a.max_chats
    and not exists (
      select from public.offers as o
      where o.chat_id = c.id and o.agent_id = a.id and o.outcome = 'declined' and o.offered_at >= c.ring_started_at);
end;
comment on function private.eligible_agents(public.chats, timestamptz) is
  'Who may be rung for a chat: online, of its department, below their limit, and not having declined this ring of it.';

create function private.next_agent(c public.chats, routing text, at timestamptz)
returns uuid
language sql stable
set search_path = ''
begin atomic
  select a.id from private.eligible_agents(c, at) as a
  order by
    (select count(*) from public.offers as o
      where o.chat_id = c.id and o.agent_id = a.id and o.offered_at >= c.ring_started_at),
    (select count(*) from public.offers as o where o.agent_id = a.id and o.outcome is null),
    a.id is not distinct from (select v.last_agent_id from public.visitors as v where v.id = c.visitor_id) desc,
    case routing when 'least_busy' then private.active_chats(a.id) else 0 end,
    a.last_accepted_at nulls first,
    a.id
  limit 1;
end;
comment on function private.next_agent(public.chats, text, timestamptz) is
  'Whom to ring next where one is rung at a time: least tried, not ringing already, known to the visitor, then by the routing.';

create function private.make_offer(c public.chats, agent public.agents, expires timestamptz, at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
declare
  o public.offers;
begin
  insert into public.offers (workspace_id, chat_id, agent_id, offered_at, expires_at)
  values (c.workspace_id, c.id, agent.id, at, expires)
  on conflict (chat_id, agent_id) where outcome is null do nothing
  returning * into o;
  if found then
    perform private.announce('agent:' || agent.user_id, 'offer_made', jsonb_build_object(
      'offer', jsonb_build_object('id', o.id, 'chat_id', c.id, 'offered_at', o.offered_at, 'expires_at', o.expires_at),
      'chat', private.desk_chat(c, at)));
  end if;
end
$$;
comment on function private.make_offer(public.chats, public.agents, timestamptz, timestamptz) is 'Rings one agent for a chat, unless it rings there already.';

create function private.close_offers(chat_id uuid, outcome text, winner text, at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  gone record;
begin
  for gone in
    update public.offers as o set outcome = close_offers.outcome, decided_at = at
    from public.agents as a
    where o.chat_id = close_offers.chat_id and o.outcome is null and a.id = o.agent_id
    returning o.id, a.user_id
  loop
    perform private.announce('agent:' || gone.user_id, 'offer_withdrawn', jsonb_build_object(
      'chat_id', chat_id, 'offer_id', gone.id, 'outcome', outcome, 'by', winner));
  end loop;
end
$$;
comment on function private.close_offers(uuid, text, text, timestamptz) is
  'Gives every open offer of a chat an outcome and stops the ring on its agent''s devices.';

create function private.ring(c public.chats, at timestamptz)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  rules public.departments := private.rules_of(c.department_id);
  a public.agents;
begin
  if rules.routing = 'ring_all' then
    for a in select * from private.eligible_agents(c, at) loop
      perform private.make_offer(c, a, c.ring_until, at);
    end loop;
  elsif not exists (select from public.offers as o where o.chat_id = c.id and o.outcome is null) then
    select * into a from public.agents as k where k.id = private.next_agent(c, rules.routing, at);
    if found then
      perform private.make_offer(c, a, least(at + make_interval(secs => rules.offer_seconds), c.ring_until), at);
    end if;
  end if;
  return exists (select from public.offers as o where o.chat_id = c.id and o.outcome is null);
end
$$;
comment on function private.ring(public.chats, timestamptz) is
  'Rings whoever is to be rung now for a ringing chat whose row is locked; tells whether it rings anywhere.';

create function private.ring_waiting(workspace uuid, at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
declare
  c public.chats;
begin
  for c in
    select * from public.chats as k
    where k.workspace_id = workspace and k.status = 'ringing' and k.ring_until > at
    order by k.started_at, k.id
    for no key update skip locked
  loop
    perform private.ring(c, at);
  end loop;
end
$$;
comment on function private.ring_waiting(uuid, timestamptz) is
  'Rings for every waiting chat of a workspace, the oldest first. Called when an agent becomes free or comes online.';

create function private.begin_ring(c public.chats, at timestamptz)
returns public.chats
language plpgsql
set search_path = ''
as $$
begin
  update public.chats as k set
    status = 'ringing', missed_reason = null, ended_at = null, ended_by = null, fell_back = false,
    ring_started_at = at, visitor_seen_at = at, visitor_left_at = null,
    ring_until = at + make_interval(secs => (private.rules_of(k.department_id)).ring_seconds)
  where k.id = c.id
  returning * into c;
  if private.ring(c, at) or private.fall_back(c, at) then
    select * into c from public.chats as k where k.id = c.id;
    perform private.announce_chat(c);
    perform private.announce('chat:' || c.id, 'chat_rings', '{}');
    return c;
  end if;
  update public.chats as k set status = 'offline', ended_at = at where k.id = c.id returning * into c;
  perform private.add_event(c.id, 'nobody_there', 'Nobody is available right now.');
  perform private.announce_chat(c);
  select * into c from public.chats as k where k.id = c.id;
  return c;
end
$$;
comment on function private.begin_ring(public.chats, timestamptz) is
  'Starts a ring of a chat whose row is locked; with nobody eligible it becomes an offline message at once (product section 1.2).';

create function private.fall_back(c public.chats, at timestamptz)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  rules public.departments := private.rules_of(c.department_id);
begin
  if c.fell_back or rules.fallback_department_id is null then
    return false;
  end if;
  perform private.close_offers(c.id, 'withdrawn', null, at);
  update public.chats as k set
    department_id = rules.fallback_department_id, fell_back = true,
    ring_until = at + make_interval(secs => (private.rules_of(rules.fallback_department_id)).ring_seconds)
  where k.id = c.id
  returning * into c;
  return private.ring(c, at);
end
$$;
comment on function private.fall_back(public.chats, timestamptz) is
  'Moves a ringing chat to its department''s fallback, once, and rings there; false when there is none or nobody is rung.';

create function private.miss(c public.chats, reason text, at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.chats as k set status = 'missed', missed_reason = reason, ended_at = at
  where k.id = c.id
  returning * into c;
  perform private.close_offers(c.id, case reason when 'no_answer' then 'expired' else 'withdrawn' end, null, at);
  perform private.add_event(c.id, 'chat_missed', 'Nobody could answer.', jsonb_build_object('reason', reason));
  perform private.announce('chat:' || c.id, 'chat_missed', jsonb_build_object('reason', reason));
  perform private.announce_chat(c);
end
$$;
comment on function private.miss(public.chats, text, timestamptz) is 'A ringing chat ends with no accept: it becomes a missed chat.';
-- What an agent does with an offer: accept, decline, take the decline back.

create function private.check_may_accept(c public.chats, me public.agents, over_limit boolean)
returns void
language plpgsql
set search_path = ''
as $$
declare
  senior boolean := me.role in ('owner', 'admin');
begin
  if c.status = 'active' then
    perform private.refuse('taken', (select a.display_name from public.agents as a where a.id = c.agent_id));
  elsif c.status <> 'ringing' then
    perform private.refuse('ended');
  elsif not senior and not private.answers_for(me.id, c.department_id)
    and not exists (select from public.offers as o where o.chat_id = c.id and o.agent_id = me.id) then
    perform private.refuse('forbidden');
  end if;
  perform from public.agents as a where a.id = me.id for no key update;
  if private.active_chats(me.id) >= me.max_chats and not (senior and coalesce(over_limit, false)) then
    perform private.refuse('at_limit');
  end if;
end
$$;
comment on function private.check_may_accept(public.chats, public.agents, boolean) is
  'Refuses an accept that comes too late, from the wrong agent or over the limit. Locks the agent, so that two accepts count each other.';

create function private.give_to(c public.chats, me public.agents, at timestamptz)
returns public.chats
language plpgsql
set search_path = ''
as $$
begin
  update public.chats as k set status = 'active', agent_id = me.id, accepted_at = at
  where k.id = c.id
  returning * into c;
  update public.agents as a set last_accepted_at = at, expired_in_row = 0 where a.id = me.id;
  update public.visitors as v set last_agent_id = me.id where v.id = c.visitor_id;
  update public.offers as o set outcome = 'accepted', decided_at = at
  where o.chat_id = c.id and o.agent_id = me.id and o.outcome is null;
  if not found then
    insert into public.offers (workspace_id, chat_id, agent_id, offered_at, expires_at, outcome, decided_at)
    values (c.workspace_id, c.id, me.id, at, at, 'accepted', at);
  end if;
  perform private.announce('agent:' || me.user_id, 'offer_withdrawn', jsonb_build_object(
    'chat_id', c.id, 'offer_id', null, 'outcome', 'accepted', 'by', me.display_name));
  perform private.close_offers(c.id, 'taken', me.display_name, at);
  perform private.add_event(c.id, 'agent_joined', me.display_name || ' has joined the chat.',
    jsonb_build_object('agent_name', me.display_name));
  perform private.announce('chat:' || c.id, 'chat_accepted', jsonb_build_object('agent', private.agent_card(me.id)));
  perform private.announce_chat(c);
  select * into c from public.chats as k where k.id = c.id;
  return c;
end
$$;
comment on function private.give_to(public.chats, public.agents, timestamptz) is
  'Makes a ringing chat an agent''s, stops every ring of it and tells everybody.';

create function public.accept_chat(chat_id uuid, over_limit boolean default false)
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  c public.chats;
  me public.agents;
begin
  select * into c from public.chats as k where k.id = chat_id for no key update;
  me := private.agent_in(c.workspace_id);
  if me.id is null then
    perform private.refuse('not_found');
  elsif c.status = 'active' and c.agent_id = me.id then
    return private.desk_chat(c);
  end if;
  perform private.check_may_accept(c, me, over_limit);
  return private.desk_chat(private.give_to(c, me, now()));
end
$$;
comment on function public.accept_chat(uuid, boolean) is
  'The caller takes a ringing chat: one winner however many press at once. Over the limit only for owners and admins who say so. Definer: nobody writes tables directly.';
revoke all on function public.accept_chat(uuid, boolean) from public, anon;
grant execute on function public.accept_chat(uuid, boolean) to authenticated;

create function private.after_decline(c public.chats, at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if not private.ring(c, at) and not exists (select from private.eligible_agents(c, at))
    and not private.fall_back(c, at) then
    perform private.miss(c, 'all_declined', at);
  end if;
end
$$;
comment on function private.after_decline(public.chats, timestamptz) is
  'Rings the next agent after a decline; when every eligible agent has declined, falls back or gives up now.';

create function public.decline_chat(chat_id uuid, reason text default null)
returns void
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  c public.chats;
  me public.agents;
  why text := private.trimmed(reason, 500, 'reason');
begin
  select * into c from public.chats as k where k.id = chat_id for no key update;
  me := private.agent_in(c.workspace_id);
  if me.id is null then
    perform private.refuse('not_found');
  elsif c.status <> 'ringing' then
    perform private.refuse(case c.status when 'active' then 'taken' else 'ended' end,
      (select a.display_name from public.agents as a where a.id = c.agent_id));
  end if;
  update public.agents as a set expired_in_row = 0 where a.id = me.id;
  insert into public.offers (workspace_id, chat_id, agent_id, expires_at, outcome, decided_at, reason)
  select c.workspace_id, c.id, me.id, now(), 'declined', now(), why
  where not exists (select from public.offers as o where o.chat_id = c.id and o.agent_id = me.id
    and (o.outcome is null or o.outcome = 'declined' and o.offered_at >= c.ring_started_at));
  update public.offers as o set outcome = 'declined', decided_at = now(), reason = why
  where o.chat_id = c.id and o.agent_id = me.id and o.outcome is null;
  perform private.announce('agent:' || me.user_id, 'offer_withdrawn', jsonb_build_object(
    'chat_id', c.id, 'offer_id', null, 'outcome', 'declined', 'by', me.display_name));
  perform private.after_decline(c, now());
end
$$;
comment on function public.decline_chat(uuid, text) is
  'Hides a ringing chat from the caller alone and rings the next agent. Definer: nobody writes tables directly.';
revoke all on function public.decline_chat(uuid, text) from public, anon;
grant execute on function public.decline_chat(uuid, text) to authenticated;

create function public.undo_decline(chat_id uuid)
returns void
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  c public.chats;
  me public.agents;
begin
  select * into c from public.chats as k where k.id = chat_id for no key update;
  me := private.agent_in(c.workspace_id);
  if me.id is null then
    perform private.refuse('not_found');
  elsif c.status = 'active' then
    perform private.refuse('taken', (select a.display_name from public.agents as a where a.id = c.agent_id));
  elsif c.status <> 'ringing' and c.missed_reason is distinct from 'all_declined' then
    perform private.refuse('ended');
  end if;
  update public.offers as o set outcome = 'withdrawn'
  where o.chat_id = c.id and o.agent_id = me.id and o.outcome = 'declined' and o.decided_at > now() - interval '5 seconds';
  if not found then
    perform private.refuse('stale');
  end if;
  update public.chats as k set
    status = 'ringing', missed_reason = null, ended_at = null,
    ring_until = greatest(k.ring_until, now() + interval '30 seconds')
  where k.id = c.id
  returning * into c;
  perform private.make_offer(c, me, c.ring_until, now());
  perform private.announce('chat:' || c.id, 'chat_rings', '{}');
  perform private.announce_chat(c);
end
$$;
comment on function public.undo_decline(uuid) is
  'Takes a decline back within five seconds; a chat that was missed because of it rings again. Definer: nobody writes tables directly.';
revoke all on function public.undo_decline(uuid) from public, anon;
grant execute on function public.undo_decline(uuid) to authenticated;
-- What the page and its visitor call first: say hello, and start a chat.

create function private.site_by_key(site_key text)
returns public.sites
language plpgsql stable security definer
set search_path = ''
as $$
declare
  s public.sites;
begin
  select * into s from public.sites as k where k.key = site_key;
  if not found then
    perform private.refuse('not_found');
  end if;
  return s;
end
$$;
comment on function private.site_by_key(text) is 'The site a page names, or the refusal not_found. Definer: pages read no table.';

create function private.rung_by(site public.sites, at timestamptz)
returns setof public.agents
language sql stable
set search_path = ''
begin atomic
  select a.* from private.online_agents(site.workspace_id, at) as a
  where private.answers_for(a.id, site.department_id)
    or exists (
      select from public.departments as d
      where d.id = site.department_id and private.answers_for(a.id, d.fallback_department_id)
        and d.fallback_department_id is not null);
end;
comment on function private.rung_by(public.sites, timestamptz) is
  'The agents who are online and whom a chat from this site reaches: its department''s, or its fallback''s.';

create function private.availability(site public.sites, at timestamptz)
returns jsonb
language sql stable
set search_path = ''
begin atomic
  select jsonb_build_object(
    'online', exists (select from private.rung_by(site, at) as a where private.active_chats(a.id) < a.max_chats),
    'next_open_at', null,
    'agents', coalesce((
      select jsonb_agg(private.agent_card(o.id))
      from (select a.id from private.rung_by(site, at) as a order by a.last_accepted_at desc nulls last, a.id limit 3) as o
    ), '[]'));
end;
comment on function private.availability(public.sites, timestamptz) is
  'Whether somebody would be rung now, and up to three of those who are there.';

create function public.widget_hello(site_key text)
returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  s public.sites := private.site_by_key(site_key);
begin
  return jsonb_build_object(
    'site', jsonb_build_object(
      'id', s.id, 'name', s.name, 'language', s.language, 'greeting', s.greeting, 'color', s.color,
      'departments', coalesce((
        select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) order by d.name)
        from public.departments as d where d.workspace_id = s.workspace_id), '[]')),
    'availability', private.availability(s, now()));
end
$$;
comment on function public.widget_hello(text) is
  'What a page needs to draw the widget. Definer, and open to everybody: pages have no account and read no table.';
revoke all on function public.widget_hello(text) from public;
grant execute on function public.widget_hello(text) to anon, authenticated;

create function private.live_chat(visitor uuid, site uuid)
returns public.chats
language sql
set search_path = ''
begin atomic
  select c from public.chats as c
  where c.visitor_id = visitor and c.site_id = site and c.status in ('ringing', 'active')
  order by c.started_at desc limit 1
  for no key update;
end;
comment on function private.live_chat(uuid, uuid) is 'The chat a visitor is in on a site, locked; or null.';

create function private.check_new_chats(visitor uuid)
returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if (select count(*) from public.chats as c
      where c.visitor_id = visitor and c.started_at > now() - interval '1 hour') >= 20 then
    perform private.refuse('too_many');
  end if;
end
$$;
comment on function private.check_new_chats(uuid) is 'Refuses a visitor''s twenty-first new chat within an hour.';

create function private.new_chat(site public.sites, visitor public.visitors, asked jsonb)
returns public.chats
language plpgsql
set search_path = ''
as $$
declare
  c public.chats;
  chosen uuid;
begin
  perform private.check_new_chats(visitor.id);
  select d.id into chosen from public.departments as d
  where d.id = (asked ->> 'department_id')::uuid and d.workspace_id = site.workspace_id;
  insert into public.chats (id, workspace_id, site_id, department_id, visitor_id, visit_id, previous_chat_id, page_url, page_title)
  values (
    (asked ->> 'chat_id')::uuid, site.workspace_id, site.id, coalesce(chosen, site.department_id), visitor.id,
    private.keep_visit(site, visitor.id, (asked ->> 'visit_id')::uuid, asked -> 'visitor'),
    (select p.id from public.chats as p
      where p.visitor_id = visitor.id and p.id::text = asked -> 'visitor' ->> 'previous_chat_id'),
    coalesce(left(asked -> 'visitor' -> 'page' ->> 'url', 2000), ''),
    coalesce(left(asked -> 'visitor' -> 'page' ->> 'title', 300), ''))
  returning * into c;
  update public.visitors as v set chats = v.chats + 1 where v.id = visitor.id;
  return c;
end
$$;
comment on function private.new_chat(public.sites, public.visitors, jsonb) is
  'Stores a new chat that does not ring yet. `asked` holds the arguments of start_chat.';

create function private.first_message(c public.chats, message_id uuid, body text)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  m public.messages;
begin
  m.chat_id := c.id;
  m.id := message_id;
  m.author := 'visitor';
  m.body := private.checked_body(body);
  m := private.add_message(m);
  return private.message_sent(m) || jsonb_build_object('body', m.body) - 'cut';
end
$$;
comment on function private.first_message(public.chats, uuid, text) is 'Writes the message a chat starts with, and gives it whole.';

create function private.started(chat_id uuid, message jsonb)
returns jsonb
language sql stable
set search_path = ''
begin atomic
  select jsonb_build_object('chat', private.visitor_chat(c), 'message', message)
  from public.chats as c where c.id = chat_id;
end;
comment on function private.started(uuid, jsonb) is 'The answer of start_chat.';

create function private.known_start(chat_id uuid, message_id uuid, visitor uuid)
returns jsonb
language plpgsql stable
set search_path = ''
as $$
#variable_conflict use_variable
declare
  m public.messages;
  c public.chats;
begin
  select * into c from public.chats as k where k.id = chat_id;
  select * into m from public.messages as k where k.id = message_id;
  if c.visitor_id <> visitor or m.chat_id is not null and not exists (
      select from public.chats as k where k.id = m.chat_id and k.visitor_id = visitor) then
    perform private.refuse('invalid', 'chat_id');
  elsif m.id is null then
    return null;
  end if;
  return private.started(m.chat_id, private.message_sent(m) || jsonb_build_object('body', m.body) - 'cut');
end
$$;
comment on function private.known_start(uuid, uuid, uuid) is
  'The earlier answer when start_chat is repeated, else null; refuses ids that are another visitor''s.';

create function public.start_chat(
  site_key text, chat_id uuid, message_id uuid, body text,
  visitor jsonb default '{}', visit_id uuid default null, department_id uuid default null)
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  site public.sites := private.site_by_key(site_key);
  facts jsonb := case jsonb_typeof(visitor) when 'object' then visitor else '{}' end;
  me public.visitors;
  c public.chats;
  answer jsonb;
begin
  if auth.uid() is null then
    perform private.refuse('forbidden');
  elsif chat_id is null or message_id is null then
    perform private.refuse('invalid', 'chat_id');
  end if;
  perform private.checked_body(body);
  me := private.keep_visitor(site.workspace_id, facts);
  answer := private.known_start(chat_id, message_id, me.id);
  if answer is not null then
    return answer;
  end if;
  c := private.live_chat(me.id, site.id);
  if c.id is not null then
    perform private.check_pace(c);
    return private.started(c.id, private.first_message(c, message_id, body));
  end if;
  c := private.new_chat(site, me, jsonb_build_object(
    'chat_id', chat_id, 'visit_id', visit_id, 'department_id', department_id, 'visitor', facts));
  answer := private.first_message(c, message_id, body);
  select * into c from public.chats as k where k.id = chat_id;
  perform private.begin_ring(c, now());
  return private.started(c.id, answer);
end
$$;
comment on function public.start_chat(text, uuid, uuid, text, jsonb, uuid, uuid) is
  'A visitor''s first message: makes the chat and rings; into the chat they are in already, if any. Definer: visitors have no rights on tables.';
revoke all on function public.start_chat(text, uuid, uuid, text, jsonb, uuid, uuid) from public, anon;
grant execute on function public.start_chat(text, uuid, uuid, text, jsonb, uuid, uuid) to authenticated;
-- The course of a chat for its visitor, and its end by either side.

create function public.my_chats(site_key text)
returns setof jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  site public.sites := private.site_by_key(site_key);
  me public.visitors := private.my_visitor(site.workspace_id);
begin
  return query
    select private.visitor_chat(c) from public.chats as c
    where c.visitor_id = me.id and c.site_id = site.id
    order by c.started_at desc limit 20;
end
$$;
comment on function public.my_chats(text) is
  'The caller''s own chats on a site, latest first, at most 20. Definer: visitors have no rights on tables.';
revoke all on function public.my_chats(text) from public, anon;
grant execute on function public.my_chats(text) to authenticated;

create function public.chat_seen(chat_id uuid, here boolean default true)
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  c public.chats := private.own_chat(chat_id);
begin
  if c.status in ('ringing', 'active') then
    update public.chats as k set
      visitor_seen_at = case when here then now() else k.visitor_seen_at end,
      visitor_left_at = case when here then null else coalesce(k.visitor_left_at, now()) end
    where k.id = c.id
    returning * into c;
  end if;
  return private.visitor_chat(c);
end
$$;
comment on function public.chat_seen(uuid, boolean) is
  'The visitor''s page is here, or says goodbye. Definer: visitors have no rights on tables.';
revoke all on function public.chat_seen(uuid, boolean) from public, anon;
grant execute on function public.chat_seen(uuid, boolean) to authenticated;

create function public.ring_again(chat_id uuid)
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  c public.chats := private.own_chat(chat_id);
begin
  select * into c from public.chats as k where k.id = chat_id for no key update;
  if c.status in ('missed', 'offline') then
    if c.ended_at > now() - interval '3 seconds' then
      perform private.refuse('too_many');
    end if;
    perform private.add_event(c.id, 'rings_again', 'The visitor rang again.');
    c := private.begin_ring(c, now());
  elsif c.status = 'ended' then
    perform private.refuse('ended');
  end if;
  return private.visitor_chat(c);
end
$$;
comment on function public.ring_again(uuid) is
  'Rings once more for a missed or offline chat whose visitor wants to wait. Definer: visitors have no rights on tables.';
revoke all on function public.ring_again(uuid) from public, anon;
grant execute on function public.ring_again(uuid) to authenticated;

create function private.finish(c public.chats, who text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.chats as k set status = 'ended', ended_by = who, ended_at = now() where k.id = c.id returning * into c;
  perform private.add_event(c.id, 'chat_ended', 'The chat has ended.', jsonb_build_object('ended_by', who));
  perform private.announce('chat:' || c.id, 'chat_ended', jsonb_build_object('ended_by', who));
  perform private.announce('agent:' || a.user_id, 'chat_changed', jsonb_build_object('chat_id', c.id))
  from public.agents as a where a.id = c.agent_id;
  perform private.announce_chat(c);
  perform private.ring_waiting(c.workspace_id, now());
end
$$;
comment on function private.finish(public.chats, text) is 'Ends an active chat and rings for those who wait, now that its agent is freer.';

create function public.end_chat(chat_id uuid)
returns void
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  c public.chats;
  me public.agents;
  by_visitor boolean;
begin
  select * into c from public.chats as k where k.id = chat_id for no key update;
  if not found or not private.takes_part(c) then
    perform private.refuse('not_found');
  end if;
  by_visitor := private.is_visitor_of(c);
  me := private.agent_in(c.workspace_id);
  if c.status = 'ringing' and by_visitor then
    perform private.miss(c, 'visitor_closed', now());
  elsif c.status = 'ringing' then
    perform private.refuse('forbidden');
  elsif c.status = 'active' and (by_visitor or c.agent_id = me.id or me.role in ('owner', 'admin')) then
    perform private.finish(c, case when by_visitor then 'visitor' else 'agent' end);
  elsif c.status = 'active' then
    perform private.refuse('taken', (select a.display_name from public.agents as a where a.id = c.agent_id));
  end if;
end
$$;
comment on function public.end_chat(uuid) is
  'Either side ends the chat; a visitor who ends while it rings makes it a missed chat. Ending an ended chat does nothing. Definer: nobody writes tables directly.';
revoke all on function public.end_chat(uuid) from public, anon;
grant execute on function public.end_chat(uuid) to authenticated;
-- What an agent's app calls: one answer to start from, its devices, and the agent's status.

create function private.rings_at(me public.agents, at timestamptz)
returns setof jsonb
language sql stable
set search_path = ''
begin atomic
  select private.desk_chat(c, at) || jsonb_build_object('offer', case when o.id is not null then jsonb_build_object(
    'id', o.id, 'chat_id', c.id, 'offered_at', o.offered_at, 'expires_at', o.expires_at) end)
  from public.chats as c
  left join public.offers as o on o.chat_id = c.id and o.agent_id = me.id and o.outcome is null
  where c.workspace_id = me.workspace_id and c.status = 'ringing'
    and (o.id is not null or (
      (me.role in ('owner', 'admin') or private.answers_for(me.id, c.department_id))
      and not exists (
        select from public.offers as x where x.chat_id = c.id and x.agent_id = me.id
          and x.outcome = 'declined' and x.offered_at >= c.ring_started_at)))
  order by c.started_at, c.id
  limit 100;
end;
comment on function private.rings_at(public.agents, timestamptz) is
  'The chats that ring at an agent, or wait where they could help and have not declined, the oldest first.';

create function private.active_of(me public.agents, at timestamptz)
returns setof jsonb
language sql stable
set search_path = ''
begin atomic
  select private.desk_chats(array(
    select c from public.chats as c
    where c.agent_id = me.id and c.status = 'active'
    order by c.last_message_at desc, c.id desc limit 200), at);
end;
comment on function private.active_of(public.agents, timestamptz) is 'An agent''s active chats, the latest message first.';

create function private.agent_facts(a public.agents, at timestamptz)
returns jsonb
language sql stable
set search_path = ''
begin atomic
  select jsonb_build_object(
    'agent_id', a.id, 'user_id', a.user_id, 'workspace_id', a.workspace_id, 'role', a.role,
    'display_name', a.display_name, 'title', a.title, 'photo', a.photo,
    'status', private.effective_status(a, at), 'status_until', case when a.status_until > at then a.status_until end,
    'max_chats', a.max_chats);
end;
comment on function private.agent_facts(public.agents, timestamptz) is 'An agent''s own row as their app shows it.';

create function private.is_online(a public.agents, at timestamptz)
returns boolean
language sql stable
set search_path = ''
begin atomic
  select private.effective_status(a, at) = 'online' and private.is_connected(a.user_id, at);
end;
comment on function private.is_online(public.agents, timestamptz) is 'Whether an agent is online: their status says so and a device of theirs is connected.';

create function private.workspace_facts(workspace uuid, at timestamptz)
returns jsonb
language sql stable
set search_path = ''
begin atomic
  select jsonb_build_object(
    'workspace', (select jsonb_build_object('id', w.id, 'name', w.name) from public.workspaces as w where w.id = workspace),
    'sites', coalesce((
      select jsonb_agg(jsonb_build_object('id', s.id, 'key', s.key, 'name', s.name) order by s.name)
      from public.sites as s where s.workspace_id = workspace), '[]'),
    'departments', coalesce((
      select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) order by d.name)
      from public.departments as d where d.workspace_id = workspace), '[]'),
    'agents', coalesce((
      select jsonb_agg(jsonb_build_object(
        'id', a.id, 'user_id', a.user_id, 'display_name', a.display_name, 'title', a.title, 'photo', a.photo,
        'role', a.role, 'online', private.is_online(a, at))
        order by a.display_name)
      from public.agents as a where a.workspace_id = workspace), '[]'));
end;
comment on function private.workspace_facts(uuid, timestamptz) is 'The company part of my_desk.';

create function public.my_desk()
returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  me public.agents;
  ringing jsonb;
  active jsonb;
begin
  select * into me from public.agents as a where a.user_id = auth.uid() order by a.created_at, a.id limit 1;
  if not found then
    perform private.refuse('not_found');
  end if;
  ringing := coalesce((select jsonb_agg(r) from private.rings_at(me, now()) as r), '[]');
  active := coalesce((select jsonb_agg(r) from private.active_of(me, now()) as r), '[]');
  return private.workspace_facts(me.workspace_id, now()) || jsonb_build_object(
    'server_time', now(), 'me', private.agent_facts(me, now()), 'ringing', ringing, 'active', active,
    'counts', jsonb_build_object(
      'ringing', jsonb_array_length(ringing),
      'unread', (select coalesce(sum((r ->> 'unread')::int), 0) from jsonb_array_elements(active) as r)));
end
$$;
comment on function public.my_desk() is
  'Everything an agent''s app needs to start, in one answer. Definer: reads across tables in one plan, for the caller''s own agent row only.';
revoke all on function public.my_desk() from public, anon;
grant execute on function public.my_desk() to authenticated;

create function public.desk_chat(chat_id uuid)
returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  c public.chats := private.agent_chat(chat_id);
begin
  return private.desk_chat(c);
end
$$;
comment on function public.desk_chat(uuid) is
  'One chat of the caller''s workspaces, as in a list. Definer: one plan over several tables; refuses other workspaces.';
revoke all on function public.desk_chat(uuid) from public, anon;
grant execute on function public.desk_chat(uuid) to authenticated;

create function private.settle_presence(a public.agents, at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
declare
  now_online boolean := private.is_online(a, at);
begin
  if now_online <> a.online then
    update public.agents as k set online = now_online where k.id = a.id;
    perform private.announce('workspace:' || a.workspace_id, 'agent_changed',
      jsonb_build_object('agent_id', a.id, 'online', now_online));
  end if;
  if now_online and not a.online then
    perform private.ring_waiting(a.workspace_id, at);
  end if;
end
$$;
comment on function private.settle_presence(public.agents, timestamptz) is
  'Tells the workspace when an agent came or went, and rings the waiting chats at one who came.';

create function private.say_status(a public.agents, why text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.announce('agent:' || a.user_id, 'status_changed',
    jsonb_build_object('status', a.status, 'status_until', a.status_until, 'reason', why));
end
$$;
comment on function private.say_status(public.agents, text) is 'Tells all devices of an agent their status and why it changed.';

create function private.withdraw_offers_of(agent uuid, at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
declare
  gone public.offers;
begin
  for gone in
    update public.offers as o set outcome = 'withdrawn', decided_at = at
    where o.agent_id = agent and o.outcome is null
    returning o.*
  loop
    perform private.announce('agent:' || a.user_id, 'offer_withdrawn', jsonb_build_object(
      'chat_id', gone.chat_id, 'offer_id', gone.id, 'outcome', 'withdrawn', 'by', null))
    from public.agents as a where a.id = agent;
  end loop;
end
$$;
comment on function private.withdraw_offers_of(uuid, timestamptz) is 'Stops every ring at an agent who is no longer online.';

create function public.set_status(status text, until timestamptz default null)
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  a public.agents;
begin
  if status is null or status not in ('online', 'away', 'invisible', 'offline') then
    perform private.refuse('invalid', 'status');
  elsif until <= now() then
    perform private.refuse('invalid', 'until');
  end if;
  for a in select * from public.agents as k where k.user_id = auth.uid() order by k.id for no key update loop
    update public.agents as k set status = set_status.status, status_until = until, expired_in_row = 0
    where k.id = a.id returning * into a;
    if status <> 'online' then
      perform private.withdraw_offers_of(a.id, now());
    end if;
    perform private.settle_presence(a, now());
  end loop;
  if a.id is null then
    perform private.refuse('not_found');
  end if;
  perform private.say_status(a, 'chosen');
  perform private.ring_waiting(a.workspace_id, now());
  return jsonb_build_object('status', a.status, 'status_until', a.status_until);
end
$$;
comment on function public.set_status(text, timestamptz) is
  'The caller chooses their status, until a moment or for good. Whoever is not online stops ringing at once. Definer: nobody writes tables directly.';
revoke all on function public.set_status(text, timestamptz) from public, anon;
grant execute on function public.set_status(text, timestamptz) to authenticated;

create function private.seen(device uuid, at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
declare
  a public.agents;
begin
  update public.devices as d set seen_at = at where d.id = device and d.user_id = auth.uid();
  if not found then
    perform private.refuse('not_found');
  end if;
  for a in select * from public.agents as k where k.user_id = auth.uid() and not k.online order by k.id for no key update loop
    perform private.settle_presence(a, at);
  end loop;
end
$$;
comment on function private.seen(uuid, timestamptz) is 'A device of the caller is connected; the first one of theirs brings the agent online.';

create function public.register_device(device jsonb)
returns void
language plpgsql security definer
set search_path = ''
as $$
declare
  its_id uuid := (device ->> 'id')::uuid;
  platform text := private.one_of(device ->> 'platform', array['ios', 'android', 'web', 'macos', 'windows', 'linux']);
begin
  if its_id is null then
    perform private.refuse('invalid', 'device.id');
  elsif platform is null then
    perform private.refuse('invalid', 'device.platform');
  elsif not exists (select from public.agents as a where a.user_id = auth.uid()) then
    perform private.refuse('forbidden');
  end if;
  insert into public.devices as d (id, user_id, platform, name, seen_at)
  values (its_id, auth.uid(), platform, coalesce(private.trimmed(device ->> 'name', 120, 'device.name'), ''), '-infinity')
  on conflict (id) do update set user_id = excluded.user_id, platform = excluded.platform, name = excluded.name;
  perform private.seen(its_id, now());
end
$$;
comment on function public.register_device(jsonb) is
  'The caller''s app runs on this device; a device that changed hands belongs to whoever signed in last. Definer: nobody writes tables directly.';
revoke all on function public.register_device(jsonb) from public, anon;
grant execute on function public.register_device(jsonb) to authenticated;

create function public.device_seen(device_id uuid)
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  me public.agents;
begin
  perform private.seen(device_id, now());
  select * into me from public.agents as a where a.user_id = auth.uid() order by a.created_at, a.id limit 1;
  return jsonb_build_object(
    'status', private.effective_status(me, now()),
    'status_until', case when me.status_until > now() then me.status_until end,
    'server_time', now());
end
$$;
comment on function public.device_seen(uuid) is
  'The heartbeat of an agent''s device; gives the status to show. Definer: nobody writes tables directly.';
revoke all on function public.device_seen(uuid) from public, anon;
grant execute on function public.device_seen(uuid) to authenticated;

create function public.forget_device(device_id uuid)
returns void
language plpgsql security definer
set search_path = ''
as $$
declare
  a public.agents;
begin
  delete from public.devices as d where d.id = device_id and d.user_id = auth.uid();
  if found and not private.is_connected(auth.uid(), now()) then
    for a in select * from public.agents as k where k.user_id = auth.uid() order by k.id for no key update loop
      perform private.withdraw_offers_of(a.id, now());
      perform private.settle_presence(a, now());
      perform private.ring_waiting(a.workspace_id, now());
    end loop;
  end if;
end
$$;
comment on function public.forget_device(uuid) is
  'The caller signs out on a device: it no longer rings. Definer: nobody writes tables directly.';
revoke all on function public.forget_device(uuid) from public, anon;
grant execute on function public.forget_device(uuid) to authenticated;
-- History: finished chats, newest end first, by keyset pages; searched by words said and by who the visitor is.

create function private.search_words(text_typed text)
returns tsquery
language sql immutable
set search_path = ''
begin atomic
  select to_tsquery('simple'::regconfig, string_agg('''' || replace(word, '''', '''''') || ''':*', ' & '))
  from regexp_split_to_table(translate(coalesce(text_typed, ''), E'\\@.', '   '), '\s+') as word
  where word <> '';
end;
comment on function private.search_words(text) is 'All the words typed, each as a beginning; null when there are none.';

create function private.chats_with(workspaces uuid[], words tsquery)
returns setof uuid
language sql stable
set search_path = ''
begin atomic
  select m.chat_id from public.messages as m
  where m.search @@ words and m.workspace_id = any (workspaces)
  union
  select c.id from public.visitors as v join public.chats as c on c.visitor_id = v.id
  where v.search @@ words and v.workspace_id = any (workspaces);
end;
comment on function private.chats_with(uuid[], tsquery) is 'The chats in which the words were said, or whose visitor they name.';

create function private.history_condition(filter jsonb)
returns text
language sql immutable
set search_path = ''
begin atomic
  select coalesce(string_agg(' and ' || known.condition, ''), '')
  from (values
    ('status', 'c.status = $5 ->> ''status'''),
    ('agent_id', 'c.agent_id = ($5 ->> ''agent_id'')::uuid'),
    ('site_id', 'c.site_id = ($5 ->> ''site_id'')::uuid'),
    ('department_id', 'c.department_id = ($5 ->> ''department_id'')::uuid'),
    ('from', 'c.ended_at >= ($5 ->> ''from'')::timestamptz'),
    ('to', 'c.ended_at < ($5 ->> ''to'')::timestamptz'),
    ('text', 'c.id in (select private.chats_with($1, private.search_words($5 ->> ''text'')))')
  ) as known (name, condition)
  where filter ? known.name;
end;
comment on function private.history_condition(jsonb) is
  'The conditions of the filters that are set, as SQL. Values never stand in the text: they are read from parameter $5.';

create function private.history_page(workspaces uuid[], filter jsonb, before timestamptz, before_id uuid, page_size int)
returns setof public.chats
language plpgsql stable
set search_path = ''
as $$
begin
  return query execute
    'select page.* from unnest($1) as w (id) cross join lateral (
       select c.* from public.chats as c
       where c.workspace_id = w.id and (c.ended_at, c.id) < ($2, $3)' || private.history_condition(filter) || '
       order by c.ended_at desc, c.id desc limit $4
     ) as page
     order by page.ended_at desc, page.id desc limit $4'
    using workspaces, before, before_id, page_size, filter;
end
$$;
comment on function private.history_page(uuid[], jsonb, timestamptz, uuid, int) is
  'One page of finished chats before a place in the list. Built for the filters that are set, so that each gets a plan of its own.';

create function public.search_chats(
  filter jsonb default '{}', before timestamptz default null, before_id uuid default null, page_size int default 50)
returns setof jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  mine uuid[] := array(select private.my_workspaces());
  asked jsonb := case jsonb_typeof(filter) when 'object' then jsonb_strip_nulls(filter) else '{}' end;
begin
  if cardinality(mine) = 0 then
    perform private.refuse('not_found');
  elsif char_length(asked ->> 'text') > 200 then
    perform private.refuse('invalid', 'filter.text');
  elsif private.search_words(asked ->> 'text') is null then
    asked := asked - 'text';
  end if;
  return query
    select private.desk_chats(array(
      select c from private.history_page(
        mine, asked, coalesce(before, 'infinity'), coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
        least(greatest(coalesce(page_size, 50), 1), 200)) as c));
end
$$;
comment on function public.search_chats(jsonb, timestamptz, uuid, int) is
  'Finished chats of the caller''s workspaces, newest end first. Definer: row-level security would keep the text index from being used.';
revoke all on function public.search_chats(jsonb, timestamptz, uuid, int) from public, anon;
grant execute on function public.search_chats(jsonb, timestamptz, uuid, int) to authenticated;
-- Time: what happens when nobody does anything. One tick at a time; a tick that comes late does all that is due.

create function private.count_expired(agent uuid, at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
declare
  a public.agents;
begin
  update public.agents as k set expired_in_row = k.expired_in_row + 1 where k.id = agent returning * into a;
  if a.expired_in_row < 3 or private.effective_status(a, at) <> 'online' then
    return;
  end if;
  update public.agents as k set status = 'away', status_until = null, expired_in_row = 0
  where k.id = agent returning * into a;
  perform private.withdraw_offers_of(a.id, at);
  perform private.say_status(a, 'missed_three');
  perform private.settle_presence(a, at);
end
$$;
comment on function private.count_expired(uuid, timestamptz) is
  'One more offer expired at this agent; the third in a row makes them away (product section 1.9).';

create function private.expire_offers(c public.chats, at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
declare
  o public.offers;
begin
  for o in
    select * from public.offers as k
    where k.chat_id = c.id and k.outcome is null and k.expires_at <= at
    order by k.agent_id
  loop
    perform from public.agents as a where a.id = o.agent_id for no key update;
    update public.offers as k set outcome = 'expired', decided_at = at where k.id = o.id and k.outcome is null;
    if found then
      perform private.announce('agent:' || a.user_id, 'offer_withdrawn', jsonb_build_object(
        'chat_id', c.id, 'offer_id', o.id, 'outcome', 'expired', 'by', null))
      from public.agents as a where a.id = o.agent_id;
      perform private.count_expired(o.agent_id, at);
    end if;
  end loop;
end
$$;
comment on function private.expire_offers(public.chats, timestamptz) is 'Ends the due offers of a chat whose row is locked.';

create function private.visitor_is_gone(c public.chats, at timestamptz)
returns boolean
language sql stable
set search_path = ''
begin atomic
  select coalesce(c.visitor_left_at, c.visitor_seen_at + interval '20 seconds')
    + make_interval(secs => case v.device when 'phone' then s.leave_seconds_phone else s.leave_seconds end) <= at
  from public.visitors as v, public.sites as s
  where v.id = c.visitor_id and s.id = c.site_id;
end;
comment on function private.visitor_is_gone(public.chats, timestamptz) is
  'Whether the grace of a visitor who left has passed. A page that is silent for 20 s counts as left.';

create function private.advance(c public.chats, at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if private.visitor_is_gone(c, at) then
    perform private.miss(c, 'visitor_left', at);
    return;
  end if;
  perform private.expire_offers(c, at);
  if c.ring_until > at then
    perform private.ring(c, at);
  elsif not private.fall_back(c, at) then
    perform private.miss(c, 'no_answer', at);
  end if;
end
$$;
comment on function private.advance(public.chats, timestamptz) is 'Moves one ringing chat, whose row is locked, to where it should be by now.';

create function private.tick_chats(at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
declare
  c public.chats;
begin
  for c in
    select * from public.chats as k where k.status = 'ringing'
    order by k.started_at, k.id
    for no key update skip locked
  loop
    perform private.advance(c, at);
  end loop;
end
$$;
comment on function private.tick_chats(timestamptz) is 'Advances every ringing chat, the oldest first; one that somebody is working on waits for the next tick.';

create function private.tick_agents(at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
declare
  a public.agents;
begin
  for a in
    select * from public.agents as k
    where k.online <> private.is_online(k, at) or k.status_until <= at
    order by k.id
    for no key update skip locked
  loop
    if a.status_until <= at then
      update public.agents as k set status = 'online', status_until = null where k.id = a.id returning * into a;
      perform private.say_status(a, 'until_passed');
    end if;
    perform private.settle_presence(a, at);
  end loop;
end
$$;
comment on function private.tick_agents(timestamptz) is 'Ends statuses whose time has passed and announces agents who came or went unseen.';

create function private.tick(at timestamptz default now())
returns void
language plpgsql
set search_path = ''
as $$
begin
  if pg_try_advisory_xact_lock(hashtext('deskbell.tick')) then
    perform private.tick_chats(at);
    perform private.tick_agents(at);
  end if;
end
$$;
comment on function private.tick(timestamptz) is
  'Does all that is due by now. Run every 5 s; does nothing while another tick runs.';

do $$
begin
  if exists (select from pg_available_extensions where name = 'pg_cron') then
    create extension if not exists pg_cron with schema pg_catalog;
  end if;
  perform cron.schedule('deskbell-tick', '5 seconds', 'select private.tick()');
end
$$;

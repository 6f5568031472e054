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

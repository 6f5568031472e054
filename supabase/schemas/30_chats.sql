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

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

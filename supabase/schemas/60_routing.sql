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

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

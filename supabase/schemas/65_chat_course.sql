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

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

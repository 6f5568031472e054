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

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

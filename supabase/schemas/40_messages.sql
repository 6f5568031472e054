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

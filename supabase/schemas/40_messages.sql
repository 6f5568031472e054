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

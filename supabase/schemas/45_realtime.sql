-- Who hears and who speaks on which realtime topic. Policies see the topic, never the payload.

create function private.may_hear(topic text)
returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
declare
  kind text := split_part(topic, ':', 1);
  me uuid := auth.uid();
  thing uuid;
begin
  if topic !~ '^(chat|typing|agent|workspace):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    return false;
  end if;
  thing := split_part(topic, ':', 2)::uuid;
  case kind
    when 'agent' then return thing = me;
    when 'workspace' then
      return exists (select from public.agents as a where a.workspace_id = thing and a.user_id = me);
    else
      return exists (
        select from public.chats as c
        where c.id = thing and private.takes_part(c));
  end case;
end
$$;
comment on function private.may_hear(text) is
  'Whether the caller may listen on a realtime topic. Definer: one indexed lookup, whatever the caller may read.';
grant execute on function private.may_hear(text) to authenticated;

create function private.may_speak(topic text, extension text)
returns boolean
language sql stable
set search_path = ''
begin atomic
  select case extension
    when 'broadcast' then topic like 'typing:%'
    when 'presence' then topic like 'workspace:%'
    else false end
    and private.may_hear(topic);
end;
comment on function private.may_speak(text, text) is
  'Whether the caller may send on a topic: typing is the only thing clients broadcast, all else comes from the database.';
grant execute on function private.may_speak(text, text) to authenticated;

create policy messages_select_participant on realtime.messages for select to authenticated
  using (extension in ('broadcast', 'presence') and (select private.may_hear((select realtime.topic()))));
create policy messages_insert_participant on realtime.messages for insert to authenticated
  with check (private.may_speak((select realtime.topic()), extension));

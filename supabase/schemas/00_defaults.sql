-- Nothing is readable, writable or callable until its own file grants it, whatever the project's default privileges are.

alter default privileges for role postgres in schema public
  revoke all on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke all on sequences from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke execute on functions from anon, authenticated, service_role;
alter default privileges for role postgres
  revoke execute on functions from public;

create schema private;
comment on schema private is 'Rules that clients never call by name. Not exposed by the API.';
revoke all on schema private from public;
grant usage on schema private to anon, authenticated, service_role;

create function private.refuse(word text, detail text default null)
returns void
language plpgsql
set search_path = ''
as $$
declare
  status text := case word
    when 'invalid' then '400' when 'forbidden' then '403' when 'not_found' then '404'
    when 'too_many' then '429' else '409' end;
  sentence text := case word
    when 'taken' then 'Another agent has accepted this chat.'
    when 'at_limit' then 'You have as many active chats as you may have.'
    when 'ended' then 'This chat is over.'
    when 'stale' then 'This was changed in the meantime.'
    when 'not_found' then 'There is no such thing here.'
    when 'forbidden' then 'You may not do this.'
    when 'invalid' then 'This value is missing or not valid.'
    when 'too_many' then 'Too much in a short time. Please wait a moment.'
    when 'offline' then 'Nobody is available right now.' end;
begin
  raise exception using errcode = 'PT' || status, message = sentence, hint = word, detail = coalesce(detail, '');
end
$$;
comment on function private.refuse(text, text) is
  'Refuses with one of the stable words of the SQL API (docs/sql-api.md): the word becomes the hint and the HTTP status.';

create function private.trimmed(value text, longest int, argument text)
returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  kept text := nullif(btrim(value, E' \t\r\n'), '');
begin
  if char_length(kept) > longest then
    perform private.refuse('invalid', argument);
  end if;
  return kept;
end
$$;
comment on function private.trimmed(text, int, text) is
  'A text without outer white space, null when empty; refuses with invalid when longer than so many characters.';

create function private.refused(argument text)
returns text
language plpgsql
set search_path = ''
as $$
begin
  perform private.refuse('invalid', argument);
  return null;
end
$$;
comment on function private.refused(text) is 'Refuses an argument with invalid, where an expression is needed. Volatile, or the planner would call it ahead of time.';

-- History: finished chats, newest end first, by keyset pages; searched by words said and by who the visitor is.

create function private.search_words(text_typed text)
returns tsquery
language sql immutable
set search_path = ''
begin atomic
  select to_tsquery('simple'::regconfig, string_agg('''' || replace(word, '''', '''''') || ''':*', ' & '))
  from regexp_split_to_table(translate(coalesce(text_typed, ''), E'\\@.', '   '), '\s+') as word
  where word <> '';
end;
comment on function private.search_words(text) is 'All the words typed, each as a beginning; null when there are none.';

create function private.chats_with(workspaces uuid[], words tsquery)
returns setof uuid
language sql stable
set search_path = ''
begin atomic
  select m.chat_id from public.messages as m
  where m.search @@ words and m.workspace_id = any (workspaces)
  union
  select c.id from public.visitors as v join public.chats as c on c.visitor_id = v.id
  where v.search @@ words and v.workspace_id = any (workspaces);
end;
comment on function private.chats_with(uuid[], tsquery) is 'The chats in which the words were said, or whose visitor they name.';

create function private.history_page(workspaces uuid[], filter jsonb, before timestamptz, before_id uuid, page_size int)
returns setof public.chats
language sql stable
set search_path = ''
begin atomic
  select page.* from unnest(workspaces) as w (id)
  cross join lateral (
    select c.* from public.chats as c
    where c.workspace_id = w.id and c.ended_at is not null
      and (c.ended_at, c.id) < (before, before_id)
      and (filter ->> 'status' is null or c.status = filter ->> 'status')
      and (filter ->> 'agent_id' is null or c.agent_id::text = filter ->> 'agent_id')
      and (filter ->> 'site_id' is null or c.site_id::text = filter ->> 'site_id')
      and (filter ->> 'department_id' is null or c.department_id::text = filter ->> 'department_id')
      and (filter ->> 'from' is null or c.ended_at >= (filter ->> 'from')::timestamptz)
      and (filter ->> 'to' is null or c.ended_at < (filter ->> 'to')::timestamptz)
      and (filter ->> 'text' is null or c.id in (
        select private.chats_with(workspaces, private.search_words(filter ->> 'text'))))
    order by c.ended_at desc, c.id desc
    limit page_size
  ) as page
  order by page.ended_at desc, page.id desc
  limit page_size;
end;
comment on function private.history_page(uuid[], jsonb, timestamptz, uuid, int) is
  'One page of finished chats that end before a place in the list. Each workspace is walked by its own index range.';

create function public.search_chats(
  filter jsonb default '{}', before timestamptz default null, before_id uuid default null, page_size int default 50)
returns setof jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  mine uuid[] := array(select private.my_workspaces());
  asked jsonb := case jsonb_typeof(filter) when 'object' then jsonb_strip_nulls(filter) else '{}' end;
begin
  if cardinality(mine) = 0 then
    perform private.refuse('not_found');
  elsif char_length(asked ->> 'text') > 200 then
    perform private.refuse('invalid', 'filter.text');
  elsif private.search_words(asked ->> 'text') is null then
    asked := asked - 'text';
  end if;
  return query
    select private.desk_chat(c) from private.history_page(
      mine, asked, coalesce(before, 'infinity'), coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
      least(greatest(coalesce(page_size, 50), 1), 200)) as c
    order by c.ended_at desc, c.id desc;
end
$$;
comment on function public.search_chats(jsonb, timestamptz, uuid, int) is
  'Finished chats of the caller''s workspaces, newest end first. Definer: row-level security would keep the text index from being used.';
revoke all on function public.search_chats(jsonb, timestamptz, uuid, int) from public, anon;
grant execute on function public.search_chats(jsonb, timestamptz, uuid, int) to authenticated;

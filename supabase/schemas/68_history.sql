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

create function private.history_condition(filter jsonb)
returns text
language sql immutable
set search_path = ''
begin atomic
  select coalesce(string_agg(' and ' || known.condition, ''), '')
  from (values
    ('status', 'c.status = $5 ->> ''status'''),
    ('agent_id', 'c.agent_id = ($5 ->> ''agent_id'')::uuid'),
    ('site_id', 'c.site_id = ($5 ->> ''site_id'')::uuid'),
    ('department_id', 'c.department_id = ($5 ->> ''department_id'')::uuid'),
    ('from', 'c.ended_at >= ($5 ->> ''from'')::timestamptz'),
    ('to', 'c.ended_at < ($5 ->> ''to'')::timestamptz'),
    ('text', 'c.id in (select private.chats_with($1, private.search_words($5 ->> ''text'')))')
  ) as known (name, condition)
  where filter ? known.name;
end;
comment on function private.history_condition(jsonb) is
  'The conditions of the filters that are set, as SQL. Values never stand in the text: they are read from parameter $5.';

create function private.history_page(workspaces uuid[], filter jsonb, before timestamptz, before_id uuid, page_size int)
returns setof public.chats
language plpgsql stable
set search_path = ''
as $$
begin
  return query execute
    'select page.* from unnest($1) as w (id) cross join lateral (
       select c.* from public.chats as c
       where c.workspace_id = w.id and (c.ended_at, c.id) < ($2, $3)' || private.history_condition(filter) || '
       order by c.ended_at desc, c.id desc limit $4
     ) as page
     order by page.ended_at desc, page.id desc limit $4'
    using workspaces, before, before_id, page_size, filter;
end
$$;
comment on function private.history_page(uuid[], jsonb, timestamptz, uuid, int) is
  'One page of finished chats before a place in the list. Built for the filters that are set, so that each gets a plan of its own.';

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
    select private.desk_chats(array(
      select c from private.history_page(
        mine, asked, coalesce(before, 'infinity'), coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
        least(greatest(coalesce(page_size, 50), 1), 200)) as c));
end
$$;
comment on function public.search_chats(jsonb, timestamptz, uuid, int) is
  'Finished chats of the caller''s workspaces, newest end first. Definer: row-level security would keep the text index from being used.';
revoke all on function public.search_chats(jsonb, timestamptz, uuid, int) from public, anon;
grant execute on function public.search_chats(jsonb, timestamptz, uuid, int) to authenticated;

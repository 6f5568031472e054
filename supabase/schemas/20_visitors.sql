-- Visitors are people on a site; a visit is one browsing session of theirs. Both are read by agents only.

create table public.visitors (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  user_id uuid references auth.users (id) on delete set null,
  name text constraint visitors_name_length check (char_length(name) <= 120),
  email text constraint visitors_email_length check (char_length(email) <= 254),
  phone text constraint visitors_phone_length check (char_length(phone) <= 40),
  language text constraint visitors_language_length check (char_length(language) <= 35),
  timezone text constraint visitors_timezone_length check (char_length(timezone) <= 64),
  country text constraint visitors_country_shape check (country ~ '^[A-Z]{2}$'),
  device text constraint visitors_device_known check (device in ('phone', 'tablet', 'desktop')),
  attributes jsonb not null default '{}' constraint visitors_attributes_is_object check (jsonb_typeof(attributes) = 'object'),
  last_agent_id uuid references public.agents (id) on delete set null,
  chats int not null default 0,
  version int not null default 1,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  search tsvector generated always as (
    to_tsvector('simple'::regconfig, coalesce(name, '') || ' ' || translate(coalesce(email, ''), '@.', '  ')
      || ' ' || coalesce(email, '') || ' ' || coalesce(phone, ''))
  ) stored,
  constraint visitors_once_per_workspace unique (workspace_id, user_id)
);
comment on table public.visitors is 'A person on a site. Known by an anonymous sign-in, made at the first message.';
comment on column public.visitors.attributes is 'What the site tells of the visitor by setAttributes(); claims of the page, never proof.';
comment on column public.visitors.chats is 'How many chats this visitor has started.';
create index visitors_user_id_idx on public.visitors (user_id);
create index visitors_last_agent_id_idx on public.visitors (last_agent_id);
create index visitors_search_idx on public.visitors using gin (search);

create table public.visits (
  id uuid primary key,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  site_id uuid not null references public.sites (id) on delete cascade,
  visitor_id uuid references public.visitors (id) on delete cascade,
  page_url text not null default '',
  page_title text not null default '',
  referrer text not null default '',
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
comment on table public.visits is 'One browsing session on a site, with the page it is on now.';
create index visits_workspace_id_idx on public.visits (workspace_id);
create index visits_site_id_idx on public.visits (site_id);
create index visits_visitor_id_idx on public.visits (visitor_id);

alter table public.visitors enable row level security;
alter table public.visits enable row level security;
create policy visitors_select_agent on public.visitors for select to authenticated
  using (workspace_id = any (array(select private.my_workspaces())));
create policy visits_select_agent on public.visits for select to authenticated
  using (workspace_id = any (array(select private.my_workspaces())));
grant select on public.visitors, public.visits to authenticated;
grant select, insert, update, delete on public.visitors, public.visits to service_role;

create function private.my_visitor(workspace uuid)
returns public.visitors
language sql stable
set search_path = ''
begin atomic
  select v from public.visitors as v where v.workspace_id = workspace and v.user_id = (select auth.uid());
end;
comment on function private.my_visitor(uuid) is 'The caller''s own visitor row in a workspace, or null.';

create function private.one_of(value text, known text[])
returns text
language sql immutable
set search_path = ''
begin atomic
  select value where value = any (known);
end;
comment on function private.one_of(text, text[]) is 'The value when it is one of the known ones, else null.';

create function private.fit_attributes(told jsonb)
returns jsonb
language sql immutable
set search_path = ''
begin atomic
  select case when jsonb_typeof(told) = 'object' and octet_length(told::text) <= 4096 then told else '{}' end;
end;
comment on function private.fit_attributes(jsonb) is
  'The custom attributes of a visitor; none when they are no object or over 4 kB, for a mistake of the site must not cost a chat.';

create function private.keep_visitor(workspace uuid, facts jsonb)
returns public.visitors
language plpgsql
set search_path = ''
as $$
declare
  kept public.visitors;
begin
  insert into public.visitors as v (workspace_id, user_id, name, email, phone, language, timezone, device, attributes)
  values (
    workspace, auth.uid(),
    private.trimmed(facts ->> 'name', 120, 'visitor.name'),
    private.trimmed(facts ->> 'email', 254, 'visitor.email'),
    private.trimmed(facts ->> 'phone', 40, 'visitor.phone'),
    private.trimmed(facts ->> 'language', 35, 'visitor.language'),
    private.trimmed(facts ->> 'timezone', 64, 'visitor.timezone'),
    private.one_of(facts ->> 'device', array['phone', 'tablet', 'desktop']),
    private.fit_attributes(facts -> 'attributes')
  )
  on conflict (workspace_id, user_id) do update set
    name = coalesce(excluded.name, v.name),
    email = coalesce(excluded.email, v.email),
    phone = coalesce(excluded.phone, v.phone),
    language = coalesce(excluded.language, v.language),
    timezone = coalesce(excluded.timezone, v.timezone),
    device = coalesce(excluded.device, v.device),
    attributes = case
      when octet_length((v.attributes || excluded.attributes)::text) <= 16384 then v.attributes || excluded.attributes
      else excluded.attributes end,
    seen_at = now()
  returning * into kept;
  return kept;
end
$$;
comment on function private.keep_visitor(uuid, jsonb) is
  'Makes the caller a visitor of the workspace, or refreshes what is known of them; what is not told stays as it was.';

create function private.keep_visit(site public.sites, visitor uuid, visit uuid, facts jsonb)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  kept uuid;
begin
  if visit is null then
    return null;
  end if;
  insert into public.visits as v (id, workspace_id, site_id, visitor_id, page_url, page_title, referrer)
  values (
    visit, site.workspace_id, site.id, visitor,
    coalesce(left(facts -> 'page' ->> 'url', 2000), ''),
    coalesce(left(facts -> 'page' ->> 'title', 300), ''),
    coalesce(left(facts ->> 'referrer', 2000), '')
  )
  on conflict (id) do update set
    visitor_id = excluded.visitor_id, page_url = excluded.page_url, page_title = excluded.page_title, seen_at = now()
    where v.site_id = excluded.site_id and (v.visitor_id is null or v.visitor_id = excluded.visitor_id)
  returning id into kept;
  return kept;
end
$$;
comment on function private.keep_visit(public.sites, uuid, uuid, jsonb) is
  'Writes down the browsing session a chat comes from; null when none was named or it is another visitor''s.';

-- A small library: what the tests of the gateway read, write and listen to.
create schema private;
grant usage on schema private to authenticated;

create table public.authors (
  id bigint generated always as identity primary key,
  name text not null unique,
  born date,
  facts jsonb not null default '{}'
);
create table public.books (
  id uuid primary key default gen_random_uuid(),
  author_id bigint not null references public.authors (id),
  owner_id uuid default auth.uid(),
  title text not null constraint books_title_short check (length(title) <= 40),
  pages int,
  written_at timestamptz not null default now(),
  unique (author_id, title)
);
create table public.tags (id bigint generated always as identity primary key, name text not null unique);
create table public.book_tags (
  book_id uuid not null references public.books (id) on delete cascade,
  tag_id bigint not null references public.tags (id),
  primary key (book_id, tag_id)
);
create table public.secrets (id int primary key, word text);

alter table public.authors enable row level security;
alter table public.books enable row level security;
alter table public.tags enable row level security;
alter table public.book_tags enable row level security;
revoke all on public.secrets from anon, authenticated;

create policy authors_select on public.authors for select to anon, authenticated using (true);
create policy authors_insert on public.authors for insert to authenticated with check (true);
create policy authors_update on public.authors for update to authenticated using (true);
create policy books_select_own on public.books for select to authenticated
  using (owner_id = (select auth.uid()));
create policy books_insert_own on public.books for insert to authenticated
  with check (owner_id = (select auth.uid()));
create policy books_update_own on public.books for update to authenticated
  using (owner_id = (select auth.uid()));
create policy books_delete_own on public.books for delete to authenticated
  using (owner_id = (select auth.uid()));
create policy tags_select on public.tags for select to authenticated using (true);
create policy book_tags_all on public.book_tags for select to authenticated using (true);
create policy book_tags_insert on public.book_tags for insert to authenticated with check (true);

create function public.who_am_i() returns jsonb language sql stable as $$
  select jsonb_build_object(
    'uid', auth.uid(), 'role', auth.role(), 'user', current_user,
    'method', current_setting('request.method', true),
    'client', current_setting('request.headers', true)::jsonb ->> 'x-client-info'
  )
$$;
create function public.add(a int, b int default 10) returns int language sql immutable as $$
  select a + b
$$;
create function public.total(numbers int[], labels text[] default '{}') returns int
language sql immutable as $$ select coalesce(sum(n), 0)::int from unnest(numbers) as n $$;
create function public.nothing() returns void language sql volatile as $$ select null $$;
create function public.no_value() returns text language sql stable as $$ select null::text $$;
create function public.authors_named(part text) returns setof public.authors language sql stable as $$
  select * from public.authors where name like '%' || part || '%'
$$;
create function public.one_author(part text) returns public.authors language sql stable as $$
  select * from public.authors where name like '%' || part || '%' limit 1
$$;
create function public.pairs(up_to int) returns table (n int, square int) language sql immutable as $$
  select i, i * i from generate_series(1, up_to) as i
$$;
create function public.documents(up_to int) returns setof jsonb language sql immutable as $$
  select jsonb_build_object('n', i) from generate_series(1, up_to) as i
$$;
create function public.refuse(state text, word text) returns void language plpgsql as $$
begin
  raise exception 'You cannot do this.' using errcode = state, hint = word, detail = 'Because.';
end
$$;
create function public.sleep(seconds float) returns void language sql volatile as $$
  select pg_sleep(seconds)
$$;
create function public.reply_with(status int) returns jsonb language sql volatile as $$
  select set_config('response.status', status::text, true),
    set_config('response.headers', '[{"X-Shelf": "seven"}]', true);
  select '{"made": true}'::jsonb
$$;
create function public.say(topic text, event text, payload jsonb) returns void
language sql volatile security definer set search_path = '' as $$
  select realtime.send(payload, event, topic, true)
$$;

-- Rooms: `open:*` for everybody who is signed in, `mine:<user>` for that user, `silent:*` to hear only.
create function private.may_join(topic text) returns boolean language sql stable as $$
  select topic like 'open:%' or topic = 'mine:' || auth.uid()
$$;
create policy rooms_select on realtime.messages for select to authenticated
  using (private.may_join((select realtime.topic())) or (select realtime.topic()) like 'silent:%');
create policy rooms_insert on realtime.messages for insert to authenticated
  with check (private.may_join((select realtime.topic())));

create table public.ticks (at timestamptz not null default clock_timestamp());
create function public.tick() returns void language sql as $$ insert into public.ticks default values $$;

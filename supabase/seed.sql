-- Demo data: the shop "Lumen & Oak" with three agents and four weeks of past chats. For try-out and `supabase db reset`; never for production.
-- The agents and the site key stand in demo.json too, where programs read them; a test keeps the two the same.

insert into auth.users (
  instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
  created_at, updated_at, confirmation_token, recovery_token, email_change, email_change_token_new)
select '00000000-0000-0000-0000-000000000000', u.id::uuid, 'authenticated', 'authenticated', u.email,
  '$2a$10$1WNpkC32zRtW7WYcKzl3IOLYNVszZvnlhltE9yaxQH69QmDNNlnWC', now(),
  '{"provider": "email", "providers": ["email"]}', '{}', now(), now(), '', '', '', ''
from (values
  ('a0000000-0000-4000-8000-000000000001', 'ada@deskbell.example'),
  ('a0000000-0000-4000-8000-000000000002', 'ben@deskbell.example'),
  ('a0000000-0000-4000-8000-000000000003', 'chloe@deskbell.example')
) as u (id, email);

insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
select u.id::text, u.id, jsonb_build_object('sub', u.id, 'email', u.email, 'email_verified', true), 'email', now(), now(), now()
from auth.users as u where u.email like '%@deskbell.example';

insert into public.workspaces (id, name) values ('b0000000-0000-4000-8000-000000000001', 'Lumen & Oak');

insert into public.departments (id, workspace_id, name) values
  ('c0000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000001', 'Sales'),
  ('c0000000-0000-4000-8000-000000000002', 'b0000000-0000-4000-8000-000000000001', 'Orders and returns');
update public.departments set fallback_department_id = 'c0000000-0000-4000-8000-000000000001'
where id = 'c0000000-0000-4000-8000-000000000002';

insert into public.sites (id, workspace_id, key, name, domain, greeting, department_id) values
  ('d0000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000001', 'demo-lumen-oak', 'Lumen & Oak',
   'lumen-oak.example', 'Hello! Ask us anything about lamps, wood or your order.', 'c0000000-0000-4000-8000-000000000001');

insert into public.agents (id, workspace_id, user_id, role, display_name, title) values
  ('e0000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 'owner', 'Ada Moreno', 'Founder'),
  ('e0000000-0000-4000-8000-000000000002', 'b0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000002', 'agent', 'Ben Okafor', 'Lighting advice'),
  ('e0000000-0000-4000-8000-000000000003', 'b0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000003', 'agent', 'Chloé Lindqvist', 'Orders and returns');
insert into public.agent_departments (agent_id, department_id, workspace_id)
select a.id, d.id, a.workspace_id from public.agents as a join public.departments as d on d.workspace_id = a.workspace_id
where d.name = 'Sales' or a.display_name <> 'Ben Okafor';

create temporary table past_visitors as
select row_number() over () as n, name, lower(replace(translate(name, 'éèüöñçşÅå', 'eeuoncsAa'), ' ', '.')) || '@example.com' as email, language, timezone, country, device
from (values
  ('Maria Keller', 'de', 'Europe/Berlin', 'DE', 'desktop'), ('James Whitfield', 'en', 'Europe/London', 'GB', 'phone'),
  ('Sofía Herrera', 'es', 'Europe/Madrid', 'ES', 'phone'), ('Lukas Brandt', 'de', 'Europe/Vienna', 'AT', 'desktop'),
  ('Amélie Rousseau', 'fr', 'Europe/Paris', 'FR', 'phone'), ('Omar Haddad', 'ar', 'Africa/Cairo', 'EG', 'phone'),
  ('Priya Raman', 'en', 'Asia/Kolkata', 'IN', 'desktop'), ('Noah Fischer', 'de', 'Europe/Zurich', 'CH', 'tablet'),
  ('Grace Mbeki', 'en', 'Africa/Johannesburg', 'ZA', 'phone'), ('Tomás Silva', 'es', 'America/Bogota', 'CO', 'desktop'),
  ('Hannah Lindgren', 'en', 'Europe/Stockholm', 'SE', 'desktop'), ('Yuki Tanaka', 'en', 'Asia/Tokyo', 'JP', 'phone'),
  ('Daniel O''Connor', 'en', 'Europe/Dublin', 'IE', 'phone'), ('Leïla Benali', 'fr', 'Africa/Casablanca', 'MA', 'phone'),
  ('Peter van Dijk', 'en', 'Europe/Amsterdam', 'NL', 'desktop'), ('Rania Khoury', 'ar', 'Asia/Beirut', 'LB', 'tablet'),
  ('Emily Carter', 'en', 'America/New_York', 'US', 'desktop'), ('Anton Novák', 'en', 'Europe/Prague', 'CZ', 'desktop'),
  ('Isabella Conti', 'en', 'Europe/Rome', 'IT', 'phone'), ('Mateo Álvarez', 'es', 'America/Mexico_City', 'MX', 'phone')
) as v (name, language, timezone, country, device);

create temporary table past_talks as
select row_number() over () as n, page, title, lines
from (values
  ('/lamps/halo.html', 'Halo pendant lamp', array[
    'V:Hi, does the Halo pendant work with a dimmer?', 'A:Hello! Yes, with any trailing-edge dimmer. Which one do you have at home?',
    'V:A Busch-Jaeger, I think 6513', 'A:That one works well. Halo dims down to about 5 percent with it.', 'V:Perfect, ordering now. Thank you!', 'A:Lovely. It leaves us tomorrow morning.']),
  ('/account/orders.html', 'Your orders', array[
    'V:My order 10482 has not moved for three days', 'A:I am sorry about that. Let me look at the tracking.',
    'A:It is held at the depot because the street number was missing. Is 14b right?', 'V:Yes 14b, second floor', 'A:Corrected. The courier will try again tomorrow before noon.', 'V:Great, thanks for the quick help']),
  ('/furniture/bench.html', 'Oak bench', array[
    'V:Is the bench solid oak or veneer?', 'A:Solid European oak, oiled. We re-oil it free of charge once in the first year.', 'V:Can it stay on a covered terrace?',
    'A:Covered is fine. In direct rain the oil would wash out within a season.', 'V:Good to know']),
  ('/returns.html', 'Returns', array[
    'V:I would like to return a lamp, the shade has a scratch', 'A:Of course. Could you tell me your order number?', 'V:10377',
    'A:Thank you. Would you rather have a new shade or your money back?', 'V:A new shade please', 'A:It is on its way. You may keep the scratched one.', 'V:Wow, that was easy']),
  ('/lamps/reed.html', 'Reed floor lamp', array[
    'V:How tall is the Reed lamp with the large shade?', 'A:168 cm to the top of the shade. The base is 32 cm wide.', 'V:And the cable?', 'A:2.4 m, textile, with a foot switch.', 'V:Thanks']),
  ('/delivery.html', 'Delivery', array[
    'V:Do you deliver to Switzerland?', 'A:Yes, in four to six days. Duties are included in the price you see.', 'V:Also the table?', 'A:The table too, with two people who carry it in.', 'V:Excellent']),
  ('/furniture/table.html', 'Round table', array[
    'V:Could you make the round table 130 cm instead of 120?', 'A:We can. It takes five weeks and costs 90 euros more.', 'V:What about the height?',
    'A:74 cm, and we can go up to 77 at no cost.', 'V:Then 130 and 76 please', 'A:I will send you the offer by email this afternoon.', 'V:Looking forward to it']),
  ('/lamps/halo.html', 'Halo pendant lamp', array[
    'V:Which bulb does Halo need?', 'A:None: the light source is built in, 12 W, and it can be replaced by us when it fails one day.', 'V:How long is the warranty?', 'A:Five years.', 'V:ok great']),
  ('/checkout.html', 'Checkout', array[
    'V:The voucher WELCOME10 does not work', 'A:It is valid from 80 euros on. Your basket is at 76.', 'V:Ah! I will add the candle then', 'A:A good choice. Tell me if anything else gets in the way.', 'V:Worked, thank you']),
  ('/care.html', 'Wood care', array[
    'V:There is a water ring on my oak table, help', 'A:Do not worry, that comes out. Is the surface oiled or lacquered?', 'V:Oiled',
    'A:Then sand very lightly along the grain with 240 paper and put on a little of our hard-wax oil. Let it dry overnight.', 'V:I will try on Sunday', 'A:Send us a picture if it does not go away.'])
) as t (page, title, lines);

create temporary table past_chats as
select g as n, md5('chat' || g)::uuid as id, v.n as visitor, t.n as talk,
  case when g % 13 = 0 then 'missed' when g % 17 = 0 then 'offline' else 'ended' end as status,
  case when g % 3 = 0 then 1 when g % 3 = 1 then 2 else 3 end as agent,
  date_trunc('day', now()) - make_interval(days => 1 + (g * 28 / 72)) + make_interval(mins => 510 + (g * 97) % 560) as at
from generate_series(1, 72) as g
join past_visitors as v on v.n = 1 + (g * 7) % 20
join past_talks as t on t.n = 1 + (g * 3) % 10;

insert into public.visitors (id, workspace_id, name, email, language, timezone, country, device, chats, last_agent_id, created_at, seen_at)
select md5('visitor' || v.n)::uuid, 'b0000000-0000-4000-8000-000000000001', v.name, v.email, v.language, v.timezone, v.country, v.device,
  (select count(*) from past_chats as c where c.visitor = v.n), null,
  (select coalesce(min(c.at), now()) from past_chats as c where c.visitor = v.n),
  (select coalesce(max(c.at), now()) from past_chats as c where c.visitor = v.n)
from past_visitors as v;

insert into public.visits (id, workspace_id, site_id, visitor_id, page_url, page_title, started_at, seen_at)
select md5('visit' || c.n)::uuid, 'b0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-000000000001', md5('visitor' || c.visitor)::uuid,
  'https://lumen-oak.example' || t.page, t.title, c.at - interval '4 minutes', c.at + interval '10 minutes'
from past_chats as c join past_talks as t on t.n = c.talk;

-- What is said: only the visitor's first line in chats that nobody answered.
create temporary table past_lines as
select c.n as chat, c.id as chat_id, c.agent, c.status, l.line, c.at + make_interval(secs => case when l.i = 1 then 0 else 20 + l.i * (25 + (c.n * l.i) % 50) end) as at,
  case when l.i = 1 then 1 else l.i + 1 end as seq, left(l.line, 1) = 'A' as by_agent
from past_chats as c join past_talks as t on t.n = c.talk
cross join lateral unnest(t.lines) with ordinality as l (line, i)
where c.status = 'ended' or l.i = 1;

insert into public.chats (
  id, workspace_id, site_id, department_id, visitor_id, visit_id, agent_id, status, missed_reason, ended_by, page_url, page_title,
  started_at, ring_started_at, ring_until, accepted_at, ended_at, visitor_seen_at, visitor_left_at,
  first_text, last_text, last_author, last_message_at, last_seq, agent_read_seq, visitor_read_seq, rating)
select c.id, 'b0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-000000000001',
  case when t.title in ('Your orders', 'Returns') then 'c0000000-0000-4000-8000-000000000002' else 'c0000000-0000-4000-8000-000000000001' end::uuid,
  md5('visitor' || c.visitor)::uuid, md5('visit' || c.n)::uuid,
  case c.status when 'ended' then ('e0000000-0000-4000-8000-00000000000' || c.agent)::uuid end,
  c.status, case c.status when 'missed' then case when c.n % 2 = 0 then 'no_answer' else 'visitor_left' end end,
  case c.status when 'ended' then case when c.n % 4 = 0 then 'agent' else 'visitor' end end,
  'https://lumen-oak.example' || t.page, t.title,
  c.at, c.at, c.at + interval '2 minutes', case c.status when 'ended' then c.at + make_interval(secs => 6 + (c.n * 5) % 30) end,
  case c.status when 'ended' then s.last_at + interval '40 seconds' when 'missed' then c.at + interval '2 minutes' else c.at end,
  s.last_at, s.last_at + interval '1 minute',
  substr(t.lines[1], 3), substr(s.last_line, 3), case when s.last_line like 'A:%' then 'agent' else 'visitor' end, s.last_at,
  s.last_seq + 1, s.last_seq + 1, s.last_seq + 1,
  case when c.status = 'ended' and c.n % 3 <> 0 then 5 - (c.n % 5 = 0)::int end
from past_chats as c join past_talks as t on t.n = c.talk
join lateral (
  select max(l.at) as last_at, max(l.seq) as last_seq, (array_agg(l.line order by l.seq desc))[1] as last_line
  from past_lines as l where l.chat = c.n
) as s on true;

insert into public.messages (chat_id, seq, id, workspace_id, author, agent_id, author_name, body, created_at)
select l.chat_id, l.seq, md5('message' || l.chat || '-' || l.seq)::uuid, 'b0000000-0000-4000-8000-000000000001',
  case when l.by_agent then 'agent' else 'visitor' end, case when l.by_agent then a.id end, case when l.by_agent then a.display_name end,
  substr(l.line, 3), l.at
from past_lines as l join public.agents as a on a.id = ('e0000000-0000-4000-8000-00000000000' || l.agent)::uuid;

insert into public.messages (chat_id, seq, id, workspace_id, author, body, event, data, created_at)
select c.id, e.seq, md5('event' || c.id || e.event)::uuid, c.workspace_id, 'system', e.body, e.event, e.data, e.at
from public.chats as c
left join public.agents as a on a.id = c.agent_id
cross join lateral (values
  (2::bigint, 'agent_joined', a.display_name || ' has joined the chat.', jsonb_build_object('agent_name', a.display_name), c.accepted_at, c.status = 'ended'),
  (c.last_seq, 'chat_ended', 'The chat has ended.', jsonb_build_object('ended_by', c.ended_by), c.ended_at, c.status = 'ended'),
  (c.last_seq, 'chat_missed', 'Nobody could answer.', jsonb_build_object('reason', c.missed_reason), c.ended_at, c.status = 'missed'),
  (c.last_seq, 'nobody_there', 'Nobody is available right now.', '{}', c.ended_at, c.status = 'offline')
) as e (seq, event, body, data, at, fits)
where e.fits;

insert into public.offers (workspace_id, chat_id, agent_id, offered_at, expires_at, outcome, decided_at)
select c.workspace_id, c.id, a.id, c.started_at, c.ring_until,
  case when c.agent_id = a.id then 'accepted' when c.status = 'ended' then 'taken' when c.missed_reason = 'no_answer' then 'expired' else 'withdrawn' end,
  coalesce(c.accepted_at, c.ended_at)
from public.chats as c join public.agents as a on a.workspace_id = c.workspace_id
where c.status in ('ended', 'missed');

update public.visitors as v set last_agent_id = (
  select c.agent_id from public.chats as c where c.visitor_id = v.id and c.agent_id is not null order by c.ended_at desc limit 1)
where v.workspace_id = 'b0000000-0000-4000-8000-000000000001';

drop table past_lines, past_chats, past_talks, past_visitors;

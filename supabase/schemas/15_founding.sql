-- How a company begins: its first workspace, and the people who join it.

create function private.require_founder()
returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if auth.uid() is null or coalesce((auth.jwt() ->> 'is_anonymous')::boolean, false) then
    perform private.refuse('forbidden');
  elsif exists (select from public.workspaces)
    and not exists (select from public.agents as a where a.user_id = auth.uid() and a.role = 'owner') then
    perform private.refuse('forbidden');
  end if;
end
$$;
comment on function private.require_founder() is
  'Lets through the first person to found a workspace in this project, and after that owners only.';

create function private.join_departments(agent public.agents)
returns void
language sql
set search_path = ''
begin atomic
  insert into public.agent_departments (agent_id, department_id, workspace_id)
  select agent.id, d.id, d.workspace_id from public.departments as d where d.workspace_id = agent.workspace_id
  on conflict do nothing;
end;
comment on function private.join_departments(public.agents) is 'Puts an agent into every department of their workspace.';

create function public.create_workspace(name text, site_name text, domain text)
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  workspace public.workspaces;
  general public.departments;
  site public.sites;
  me public.agents;
begin
  perform pg_advisory_xact_lock(hashtext('deskbell.create_workspace'));
  perform private.require_founder();
  insert into public.workspaces (name)
  values (coalesce(private.trimmed(name, 120, 'name'), private.refused('name')))
  returning * into workspace;
  insert into public.departments (workspace_id, name) values (workspace.id, 'General') returning * into general;
  insert into public.sites (workspace_id, key, name, domain, department_id)
  values (workspace.id, replace(gen_random_uuid()::text, '-', ''),
    coalesce(private.trimmed(site_name, 80, 'site_name'), private.refused('site_name')),
    coalesce(private.trimmed(domain, 253, 'domain'), ''), general.id)
  returning * into site;
  insert into public.agents (workspace_id, user_id, role, display_name)
  select workspace.id, u.id, 'owner', coalesce(nullif(left(split_part(u.email, '@', 1), 80), ''), 'Owner')
  from auth.users as u where u.id = auth.uid()
  returning * into me;
  perform private.join_departments(me);
  return jsonb_build_object('workspace_id', workspace.id, 'site_id', site.id, 'site_key', site.key);
end
$$;
comment on function public.create_workspace(text, text, text) is
  'Founds a workspace with one site and one department; the caller becomes its owner. Definer: nobody writes tables directly.';
revoke all on function public.create_workspace(text, text, text) from public, anon;
grant execute on function public.create_workspace(text, text, text) to authenticated;

create function public.add_agent(workspace_id uuid, email text, display_name text, role text default 'agent')
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  me public.agents := private.agent_in(workspace_id);
  account uuid;
  added public.agents;
begin
  if me.id is null then
    perform private.refuse('not_found');
  elsif me.role not in ('owner', 'admin') or (role <> 'agent' and me.role <> 'owner') then
    perform private.refuse('forbidden');
  elsif role is null or role not in ('owner', 'admin', 'agent') then
    perform private.refuse('invalid', 'role');
  end if;
  select u.id into account from auth.users as u where lower(u.email) = lower(add_agent.email) and not u.is_anonymous;
  if account is null then
    perform private.refuse('not_found', 'email');
  end if;
  insert into public.agents as a (workspace_id, user_id, role, display_name)
  values (workspace_id, account, role, coalesce(private.trimmed(display_name, 80, 'display_name'), private.refused('display_name')))
  on conflict on constraint agents_once_per_workspace do nothing
  returning * into added;
  if added.id is not null then
    perform private.join_departments(added);
  end if;
  return (select jsonb_build_object('agent_id', a.id, 'user_id', a.user_id, 'role', a.role, 'display_name', a.display_name)
    from public.agents as a where a.workspace_id = add_agent.workspace_id and a.user_id = account);
end
$$;
comment on function public.add_agent(uuid, text, text, text) is
  'Makes a person who has an account an agent of the workspace, in all its departments; again: no change. Owners add anybody, admins agents. Definer: nobody writes tables directly.';
revoke all on function public.add_agent(uuid, text, text, text) from public, anon;
grant execute on function public.add_agent(uuid, text, text, text) to authenticated;

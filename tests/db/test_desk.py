"""What an agent's app starts from, the agent's status and devices, and founding a workspace."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.db.world import refused

if TYPE_CHECKING:
    from tests.db.world import World


async def test_my_desk_holds_everything_to_start_from(world: World) -> None:
    ada = await world.agent("Ada", role="owner")
    visitor = await world.visitor()
    chat = await visitor.start("Hi", visitor={"name": "Maria"})
    desk = await ada.call("my_desk")
    assert desk["me"]["display_name"] == "Ada"
    assert desk["workspace"]["name"] == "Shop"
    assert [(a["display_name"], a["online"]) for a in desk["agents"]] == [("Ada", True)]
    [ringing] = desk["ringing"]
    assert (
        ringing["id"],
        ringing["visitor"]["name"],
        ringing["first_text"],
        ringing["visitor_here"],
    ) == (str(chat), "Maria", "Hi", True)
    assert ringing["offer"]["chat_id"] == str(chat)
    await ada.accept(chat)
    desk = await ada.call("my_desk")
    assert desk["ringing"] == []
    assert [c["id"] for c in desk["active"]] == [str(chat)]


async def test_whoever_is_no_agent_has_no_desk(world: World) -> None:
    for person in (await world.visitor(), await world.stranger()):
        with refused("not_found"):
            await person.call("my_desk")


@pytest.mark.parametrize("status", ["busy", "", None])
async def test_an_unknown_status_is_refused(world: World, status: str | None) -> None:
    ada = await world.agent("Ada")
    with refused("invalid"):
        await ada.call("set_status", status=status)


async def test_a_status_cannot_end_in_the_past(world: World) -> None:
    ada = await world.agent("Ada")
    with refused("invalid"):
        await ada.call(
            "set_status",
            status="away",
            until=await world.admin.fetchval("select now() - interval '1 s'"),
        )


async def test_coming_and_going_is_told_to_the_workspace_once(world: World) -> None:
    ada = await world.agent("Ada")
    await ada.call("device_seen", device_id=ada.device)
    await ada.call("set_status", status="away")
    await ada.call("set_status", status="online")
    await ada.call("forget_device", device_id=ada.device)
    told = [
        p["online"]
        for e, p in await world.heard(f"workspace:{world.workspace}")
        if e == "agent_changed"
    ]
    assert told == [True, False, True, False]


async def test_an_agent_whose_devices_fall_silent_goes_offline_within_a_tick(world: World) -> None:
    await world.agent("Ada")
    await world.later(59, agents_here=False)
    await world.later(61, agents_here=False)
    told = [
        p["online"]
        for e, p in await world.heard(f"workspace:{world.workspace}")
        if e == "agent_changed"
    ]
    assert told == [True, False]


async def test_a_device_belongs_to_whoever_signed_in_last(world: World) -> None:
    ada, ben = await world.agent("Ada"), await world.agent("Ben", here=False)
    ben.device = ada.device
    await ben.come()
    with refused("not_found"):
        await ada.call("device_seen", device_id=ada.device)


async def test_only_agents_register_devices(world: World) -> None:
    visitor = await world.visitor()
    with refused("forbidden"):
        await visitor.call("register_device", device={"id": str(uuid.uuid4()), "platform": "web"})


@pytest.mark.parametrize(
    "device", [{}, {"id": str(uuid.uuid4())}, {"id": str(uuid.uuid4()), "platform": "fridge"}]
)
async def test_a_device_without_id_or_known_platform_is_refused(
    world: World, device: dict[str, str]
) -> None:
    ada = await world.agent("Ada")
    with refused("invalid"):
        await ada.call("register_device", device=device)


async def test_signing_out_on_the_last_device_stops_the_ring(world: World) -> None:
    ada = await world.agent("Ada")
    await (await world.visitor()).start()
    await ada.call("forget_device", device_id=ada.device)
    assert "offer_withdrawn" in [e for e, _ in await world.heard(f"agent:{ada.user_id}")]


async def test_the_page_learns_whether_somebody_is_there(world: World) -> None:
    page = await world.anon()
    hello = await page.call("widget_hello", site_key=world.site_key)
    assert hello["availability"]["online"] is False
    await world.agent("Ada", title="Founder")
    hello = await page.call("widget_hello", site_key=world.site_key)
    assert hello["availability"]["online"] is True
    assert hello["availability"]["agents"] == [{"name": "Ada", "title": "Founder", "photo": None}]
    assert [d["name"] for d in hello["site"]["departments"]] == ["Sales"]
    with refused("not_found"):
        await page.call("widget_hello", site_key="nobody")


async def test_a_site_is_online_when_its_department_or_the_fallback_is(world: World) -> None:
    page = await world.anon()
    backup = await world.add_department("Backup")
    await world.agent("Ben", departments=[backup])
    hello = await page.call("widget_hello", site_key=world.site_key)
    assert hello["availability"] == {"online": False, "next_open_at": None, "agents": []}
    await world.set_department(world.department, fallback_department_id=backup)
    hello = await page.call("widget_hello", site_key=world.site_key)
    assert hello["availability"]["online"] is True


async def test_the_first_person_founds_a_workspace_and_later_only_owners_do(world: World) -> None:
    founder, visitor = await world.stranger(), await world.visitor()
    for person in (founder, visitor):
        with refused("forbidden"):
            await person.call(
                "create_workspace", name="Mine", site_name="Mine", domain="mine.example"
            )
    await world.admin.execute("delete from public.workspaces where true")
    with refused("forbidden"):
        await visitor.call("create_workspace", name="Mine", site_name="Mine", domain="mine.example")
    with refused("invalid"):
        await founder.call("create_workspace", name=" ", site_name="Mine", domain="mine.example")
    made = await founder.call(
        "create_workspace", name="Mine", site_name="Mine", domain="mine.example"
    )
    assert (await founder.call("my_desk"))["workspace"]["id"] == made["workspace_id"]
    await founder.call("create_workspace", name="Second", site_name="Second", domain="")


async def test_owners_add_people_who_have_an_account_and_admins_add_agents(world: World) -> None:
    owner, admin = await world.agent("Ada", role="owner"), await world.agent("Ben", role="admin")
    plain, newcomer = await world.agent("Cleo"), await world.stranger()
    email = await world.value("select email from auth.users where id = $1", newcomer.user_id)
    asked = {"workspace_id": world.workspace, "email": email.upper(), "display_name": "Dana"}
    with refused("forbidden"):
        await plain.call("add_agent", **asked)
    with refused("forbidden"):
        await admin.call("add_agent", **asked, role="owner")
    with refused("invalid"):
        await owner.call("add_agent", **asked, role="king")
    with refused("not_found"):
        await owner.call("add_agent", **{**asked, "email": "nobody@example.com"})
    with refused("not_found"):
        await newcomer.call("add_agent", **asked)
    added = await admin.call("add_agent", **asked)
    assert added == await owner.call("add_agent", **{**asked, "display_name": "Other"})
    assert (await newcomer.call("my_desk"))["me"]["display_name"] == "Dana"

"""The city comes together: units, people with their roles, enterprises, who may sign, who works."""

from __future__ import annotations

from typing import Any

from market.demo import city
from market.demo.city import Person
from market.demo.client import Refused
from market.demo.stage import Stage, device_of, id_of

REGION = "510100"
MONEY_ROLES = {"finance", "cashier", "leader"}


async def play(stage: Stage) -> None:
    await found_units(stage)
    for person in city.PEOPLE:
        await bring_in(stage, person, inviter="admin.a")
    await approve_money_roles(stage)
    await set_up_devices(stage)
    for enterprise in city.ENTERPRISES:
        await register(stage, enterprise)
    for buyer in city.BUYERS:
        await bring_in(stage, buyer, inviter=city.MANAGERS[buyer.home])
    for person in (*city.PEOPLE, *city.BUYERS):
        if "signatory" in person.roles:
            await authorise(stage, person)
    for expert in city.EXPERTS:
        await enrol(stage, expert)


async def found_units(stage: Stage) -> None:
    """The unit at the top is there already: the first administrator came with it."""
    admin = stage.person("admin.a")
    present = await admin.get("/v1/session")
    stage.ids["L0"] = present["organisations"][0]["organisation_id"]
    for unit in city.UNITS:
        if unit.parent is None:
            continue
        legal_person = unit.uscc is not None
        made = await admin.post(
            f"found {unit.key}",
            "/v1/units",
            {
                "name_zh": unit.name_zh,
                "name_en": unit.name_en,
                "region": REGION,
                "level": unit.level,
                "parent_id": stage.ids[unit.parent],
                "legal_person": legal_person,
                "uscc": unit.uscc,
                "number_prefix": unit.prefix,
                "tax_status": "general" if legal_person else None,
            },
        )
        stage.ids[unit.key] = id_of(made)
    stage.tell(f"组织 units {len(city.UNITS)}")


async def bring_in(stage: Stage, person: Person, *, inviter: str) -> None:
    """Invited by e-mail with the roles, and in by the link."""
    stage.introduce(person.key, person.email, person.home)
    await stage.person(inviter).post(
        f"invite {person.key}",
        "/v1/invitations",
        {
            "organisation_id": stage.ids[person.home],
            "name": person.name,
            "email": person.email,
            "roles": list(person.roles),
        },
    )
    accepted = await accept(stage, person.key, person.email)
    stage.ids[person.key] = accepted["person_id"]


async def accept(stage: Stage, key: str, email: str) -> Any:
    name = f"accept {key}"
    if name in stage.journal.done:
        return stage.journal.done[name]
    stranger = stage.stranger()
    documents = await stranger.get("/v1/consent-documents")
    return await stranger.post(
        name,
        "/v1/invitation-acceptances",
        {
            "token": await stage.token_for(email),
            "consents": {"terms": documents["terms"], "privacy": documents["privacy"]},
            "password": city.PASSWORD,
        },
    )


async def approve_money_roles(stage: Stage) -> None:
    """One administrator proposed them with the invitation, the other approves."""
    second = stage.person("admin.b")
    for person in city.PEOPLE:
        if MONEY_ROLES.isdisjoint(person.roles) or f"roles of {person.key}" in stage.journal.done:
            continue
        found = await second.get(
            "/v1/role-grants", person_id=stage.ids[person.key], state="proposed"
        )
        for grant in found["items"]:
            await second.put(
                f"approve {person.key} {grant['role']}", f"/v1/role-grants/{grant['id']}/approval"
            )
        stage.journal.add(f"roles of {person.key}", None)
    approved = sum(
        f"approve {person.key} {role}" in stage.journal.done
        for person in city.PEOPLE
        for role in person.roles
    )
    stage.tell(
        f"人员 people {len(city.PEOPLE)} · 资金角色由另一人批准 money roles approved {approved}"
    )


async def set_up_devices(stage: Stage) -> None:
    """Whoever handles money shows a one-time code from now on whenever he signs in."""
    holders = [each for each in city.PEOPLE if not MONEY_ROLES.isdisjoint(each.roles)]
    for person in holders:
        await set_up_device(stage, person.key)
    stage.tell(f"启用动态口令 people with a second factor {len(holders)}")


async def set_up_device(stage: Stage, key: str) -> None:
    visitor, path = stage.person(key), "/v1/people/me/second-factor"
    made = await visitor.post(device_of(key), path, {"password": city.PASSWORD})
    code = visitor.code_of(made["secret"])
    try:
        await visitor.put(f"confirm the device of {key}", path, {"code": code})
    except Refused as refused:
        if refused.code != "second_factor_enabled":  # done, but its answer was lost
            raise


async def register(stage: Stage, enterprise: city.Enterprise) -> None:
    """Registers itself with its first manager; a clerk of the association verifies it."""
    key = city.MANAGERS[enterprise.key]
    email = f"{key}@{city.DOMAIN}"
    stage.introduce(key, email, enterprise.key)
    made = await stage.stranger().post(
        f"register {enterprise.key}",
        "/v1/enterprises",
        {
            "name_zh": enterprise.name_zh,
            "name_en": enterprise.name_en,
            "uscc": enterprise.uscc,
            "region": REGION,
            "manager": {"name": f"经理{enterprise.key[1:]}", "email": email},
        },
    )
    stage.ids[enterprise.key] = id_of(made)
    await accept(stage, key, email)
    await stage.person("jx.clerk").put(
        f"verify {enterprise.key}", f"/v1/enterprises/{id_of(made)}/verification"
    )


async def authorise(stage: Stage, person: Person) -> None:
    """A legal representative; whoever confirms it is somebody else."""
    of_unit = person in city.PEOPLE
    proposer = "admin.a" if of_unit else city.MANAGERS[person.home]
    confirmer = "admin.b" if of_unit else "jx.clerk"
    authority = await stage.person(proposer).post(
        f"authorise {person.key}",
        "/v1/signing-authorities",
        {
            "person_id": stage.ids[person.key],
            "organisation_id": stage.ids[person.home],
            "kind": "legal_representative",
        },
    )
    await stage.person(confirmer).put(
        f"confirm authority of {person.key}",
        f"/v1/signing-authorities/{id_of(authority)}/confirmation",
    )


async def enrol(stage: Stage, expert: city.Expert) -> None:
    """On the register of a unit, with a certificate; some have a login, others do not."""
    clerk = stage.person(expert.clerk)
    member = await clerk.post(
        f"enrol {expert.number}",
        f"/v1/units/{stage.ids[expert.unit]}/members",
        {
            "kind": "individual",
            "number": expert.number,
            "person_id": stage.ids.get(expert.person) if expert.person else None,
            "name": None if expert.person else expert.name,
            "trade": expert.trade,
        },
    )
    stage.ids[expert.number] = id_of(member)
    await clerk.post(
        f"certificate of {expert.number}",
        f"/v1/members/{id_of(member)}/qualifications",
        {
            "kind": expert.trade,
            "level": expert.level,
            "number": f"JN-{expert.number}",
            "issuer": "锦川市职业技能鉴定中心",
            "issued_on": "2019-06-01",
        },
    )

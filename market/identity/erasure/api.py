"""Erasing personal data over HTTP."""

from typing import Final
from uuid import UUID

from litestar import Response, delete
from litestar.di import NamedDependency
from litestar.params import FromPath

from market.base.db import Connection
from market.base.web import Door
from market.identity import doors
from market.identity.erasure import operations


@delete(
    "/v1/people/me",
    tags=["people"],
    operation_id="erase_own_person",
    summary="注销本人 Have one's own personal data erased",
    status_code=204,
)
async def erase_own_person(door: NamedDependency[Door]) -> Response[None]:
    return await _erase(door, door.actor.person_id)


@delete(
    "/v1/people/{person_id:uuid}",
    tags=["people"],
    operation_id="erase_person",
    summary="代为注销 Erase a person's data at his request, as an administrator",
    status_code=204,
)
async def erase_person(door: NamedDependency[Door], person_id: FromPath[UUID]) -> Response[None]:
    return await _erase(door, person_id)


async def _erase(door: Door, person_id: UUID) -> Response[None]:
    actor = door.actor

    async def erase(conn: Connection) -> None:
        await operations.erase_person(conn, actor, person_id)

    return doors.silent(await door.act(erase))


ROUTES: Final = [erase_own_person, erase_person]

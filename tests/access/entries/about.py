"""What the market says of itself, to everybody. Routes without operation id go by their path."""

from typing import Final

from tests.access.entry import Entries, Public

ENTRIES: Final[Entries] = {
    "get_liveness": Public(),
    "get_readiness": Public(),
    "get_problem_page": Public(),
    "/metrics": Public(),
    "/": Public(),
    "/docs": Public(),
    "/docs/assets/{file_path:path}": Public(at={"file_path": "swagger-ui.css"}),
    "/openapi.json": Public(),
}

"""Refusals in the shape that Stripe gives them."""

from __future__ import annotations

from typing import Any


class StripeError(Exception):
    """A refusal: its HTTP status and the body's `error` object."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        said = {"type": kind, "code": code, "message": message, "param": param, **more}
        self.error = {name: value for name, value in said.items() if value is not None}


def missing(param: str) -> StripeError:
    return StripeError(
        400, f"Missing required param: {param}.", code="parameter_missing", param=param
    )


def unknown(param: str) -> StripeError:
    return StripeError(
        400, f"Received unknown parameter: {param}", code="parameter_unknown", param=param
    )


def invalid(param: str, message: str, code: str = "parameter_invalid") -> StripeError:
    return StripeError(400, message, code=code, param=param)


def no_such(kind: str, name: str, param: str = "id") -> StripeError:
    return StripeError(404, f"No such {kind}: '{name}'", code="resource_missing", param=param)

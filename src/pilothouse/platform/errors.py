"""What an API request can fail with, and how it is told.

ApiError            status  code
├── BadRequest      400     bad_request
├── Unauthorized    401     unauthorized
├── Forbidden       403     forbidden
├── NotFound        404     not_found
├── Conflict        409     conflict
├── Unprocessable   422     unprocessable
└── Unavailable     503     unavailable
"""

from __future__ import annotations

from typing import Any, ClassVar


class ApiError(Exception):
    """A failure that the caller is told about in the one error shape of the API."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(self, message: str, details: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message, "details": self.details}}


class BadRequest(ApiError):
    status, code = 400, "bad_request"


class Unauthorized(ApiError):
    status, code = 401, "unauthorized"


class Forbidden(ApiError):
    status, code = 403, "forbidden"


class NotFound(ApiError):
    status, code = 404, "not_found"


class Conflict(ApiError):
    status, code = 409, "conflict"


class Unprocessable(ApiError):
    """It can be read, but what it says is impossible; sending it again would not help."""

    status, code = 422, "unprocessable"


class Unavailable(ApiError):
    status, code = 503, "unavailable"

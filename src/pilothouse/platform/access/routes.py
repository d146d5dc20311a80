"""Signing in and out, accounts and keys over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.access.credentials import COOKIE, session_token
from pilothouse.platform.access.models import Account, ApiKey, KeyScope, Role
from pilothouse.platform.access.service import Access
from pilothouse.platform.errors import Unauthorized
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.settings import Settings


class Login(BaseModel):
    """Who signs in."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=300)
    password: str = Field(max_length=10_000)


class Me(BaseModel):
    """Who the caller is."""

    kind: Literal["anyone", "key", "account"]
    """`anyone` on a server that asks nobody, because only this machine reaches it."""
    email: str | None
    role: Role
    scopes: list[str]
    project: str | None


class AccountOut(BaseModel):
    """A person who can sign in."""

    id: int
    email: str
    name: str
    role: Role
    created_at: datetime
    last_login_at: datetime | None
    disabled: bool


class AccountList(BaseModel):
    """All accounts."""

    items: list[AccountOut]
    next_cursor: str | None = None


class NewAccount(BaseModel):
    """A person to let in."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=300)
    password: str = Field(max_length=10_000)
    name: str = Field("", max_length=200)
    role: Role = "member"


class AccountChange(BaseModel):
    """What to change of an account."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, max_length=200)
    role: Role | None = None
    password: str | None = Field(None, max_length=10_000)
    disabled: bool | None = None


class KeyOut(BaseModel):
    """An API key without its secret."""

    id: int
    name: str
    hint: str
    scopes: list[KeyScope]
    project: str | None
    created_by: str
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime | None


class NewKeyOut(KeyOut):
    """An API key just made, with the secret that is shown this once."""

    key: str


class KeyList(BaseModel):
    """All keys that were not revoked."""

    items: list[KeyOut]
    next_cursor: str | None = None


class NewKey(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=200)
    scopes: list[str] = ["ingest"]
    project: str | None = None
    expires_at: datetime | None = None


def router(access: Access, projects: ProjectDirectory, settings: Settings) -> APIRouter:
    """The routes of signing in, accounts and keys."""
    routes = ApiRouter(tags=["access"])
    _add_signing_in(routes, access, settings)
    _add_accounts(routes, access)
    _add_keys(routes, access, projects)
    return routes


def _add_signing_in(routes: APIRouter, access: Access, settings: Settings) -> None:
    @routes.post("/login")
    def login(body: Login, request: Request, response: Response) -> AccountOut:
        """Sign a browser in: the answer sets a cookie."""
        account, token = access.login(
            body.email,
            body.password,
            address=request.client.host if request.client else "",
            user_agent=request.headers.get("user-agent", ""),
        )
        response.set_cookie(
            COOKIE,
            token,
            max_age=settings.session_days * 86_400,
            path="/",
            httponly=True,
            samesite="lax",
            secure=_is_secure(request, settings),
        )
        return _account(account)

    @routes.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
    def logout(request: Request, response: Response) -> None:
        """Sign this browser out."""
        token = session_token(request.headers.get("cookie", ""))
        if token is not None:
            access.logout(token)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")

    @routes.get("/me")
    def me(request: Request) -> Me:
        """Who the caller is; 401 when nobody knows."""
        principal = request.scope.get("state", {}).get("principal")
        if principal is None:
            raise Unauthorized("nobody is signed in")
        return Me(
            kind=principal.kind,
            email=principal.name if principal.kind == "account" else None,
            role=principal.role,
            scopes=sorted(principal.scopes),
            project=principal.project,
        )


def _add_accounts(routes: APIRouter, access: Access) -> None:
    @routes.get("/accounts")
    def list_accounts() -> AccountList:
        """Everybody who can sign in."""
        return AccountList(items=[_account(account) for account in access.accounts()])

    @routes.post("/accounts", status_code=status.HTTP_201_CREATED)
    def create_account(body: NewAccount) -> AccountOut:
        """A new account."""
        return _account(
            access.create_account(body.email, body.password, name=body.name, role=body.role)
        )

    @routes.patch("/accounts/{account_id}")
    def change_account(account_id: int, body: AccountChange) -> AccountOut:
        """The account after a change; a new password signs its browsers out."""
        return _account(
            access.change_account(
                account_id,
                name=body.name,
                role=body.role,
                password=body.password,
                disabled=body.disabled,
            )
        )

    @routes.delete("/accounts/{account_id}", status_code=status.HTTP_204_NO_CONTENT)
    def delete_account(account_id: int) -> None:
        """Remove an account."""
        access.delete_account(account_id)


def _add_keys(routes: APIRouter, access: Access, projects: ProjectDirectory) -> None:
    @routes.get("/keys")
    def list_keys() -> KeyList:
        """All keys, newest first; never their secrets."""
        return KeyList(items=[KeyOut.model_validate(_key(key)) for key in access.list_keys()])

    @routes.post("/keys", status_code=status.HTTP_201_CREATED)
    def create_key(body: NewKey, request: Request) -> NewKeyOut:
        """A new key; its secret is in this answer and nowhere else."""
        project_id = None if body.project is None else projects.get(body.project).id
        made, secret = access.create_key(
            name=body.name,
            scopes=tuple(body.scopes),
            project_id=project_id,
            created_by=principal_of(request).name,
            expires_at=body.expires_at,
        )
        return NewKeyOut.model_validate({**_key(made), "key": secret})

    @routes.delete("/keys/{key_id}", status_code=status.HTTP_204_NO_CONTENT)
    def revoke_key(key_id: int) -> None:
        """Make a key worthless from now on."""
        access.revoke_key(key_id)


def _is_secure(request: Request, settings: Settings) -> bool:
    return settings.public_url.startswith("https://") or request.url.scheme == "https"


def _account(account: Account) -> AccountOut:
    return AccountOut(
        id=account.id,
        email=account.email,
        name=account.name,
        role=account.role,
        created_at=account.created_at,
        last_login_at=account.last_login_at,
        disabled=account.is_disabled,
    )


def _key(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "scopes": list(key.scopes),
        "project": key.project,
        "created_by": key.created_by,
        "created_at": key.created_at,
        "used_at": key.used_at,
        "expires_at": key.expires_at,
    }

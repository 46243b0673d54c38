"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class RequestNotFound(DomainError):
    """No such request for this person; that of another centre looks absent."""

    code = "approvals.not_found"
    status = 404


class NothingToAskFor(DomainError):
    """There is no such act, or nothing of this name within the person's reach."""

    code = "approvals.nothing_to_ask_for"
    status = 404


class MayNotRequest(DomainError):
    """People of this role do not ask for this act."""

    code = "approvals.may_not_request"
    status = 403


class MayNotDecide(DomainError):
    """People of this role do not decide about this act."""

    code = "approvals.may_not_decide"
    status = 403


class OwnRequest(DomainError):
    """Nobody decides about what they have asked for."""

    code = "approvals.own_request"
    status = 403


class NotTheRequester(DomainError):
    """A request is withdrawn by the person who made it."""

    code = "approvals.not_the_requester"
    status = 403


class RequesterGone(DomainError):
    """Who asked may not ask any more: the account was closed, or has moved to another centre."""

    code = "approvals.requester_gone"
    status = 409


class RequestOutdated(DomainError):
    """What it was asked for has changed since: only a new request says what is wanted now."""

    code = "approvals.outdated"
    status = 409


class AlreadyWaiting(DomainError):
    """The same is asked for already, and waits for the other person."""

    code = "approvals.already_waiting"
    status = 409


class RequestExpired(DomainError):
    """Nobody decided in time."""

    code = "approvals.expired"
    status = 409


class AlreadyDecided(DomainError):
    """Somebody was faster, and approved or refused."""

    code = "approvals.already_decided"
    status = 409


class RequestWithdrawn(DomainError):
    """The requester took the request back."""

    code = "approvals.withdrawn"
    status = 409

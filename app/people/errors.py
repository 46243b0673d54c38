"""What is refused about people behind the desk? Each with a stable code. Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class InvitationNotFound(DomainError):
    """There is no invitation of this id."""

    code = "people.invitation_not_found"
    status = 404


class InvitationNotUsable(DomainError):
    """The link was used, withdrawn, replaced by a newer one or never given, or is too old."""

    code = "people.invitation_not_usable"
    status = 410


class InvitationDone(DomainError):
    """The invitation was accepted or withdrawn: there is nothing left to do with it."""

    code = "people.invitation_done"
    status = 409


class InvitationNeedsAnother(DomainError):
    """Another administrator has to agree before this invitation is sent."""

    code = "people.invitation_needs_another"
    status = 409


class AddressHasAccount(DomainError):
    """``name``, somebody behind the desk, signs in with this address, or did. Administrators may know who."""

    code = "people.address_has_account"
    status = 409


class AlreadyInvited(DomainError):
    """An invitation to this address waits for an answer."""

    code = "people.already_invited"
    status = 409


class RoleNotInvited(DomainError):
    """Applicants register themselves."""

    code = "people.role_not_invited"
    status = 422


class EndNotAhead(DomainError):
    """The day on which a role is to end is not ahead."""

    code = "people.end_not_ahead"
    status = 422


class OwnAccount(DomainError):
    """Nobody ends their own role or resets their own second factor."""

    code = "people.own_account"
    status = 409


class LastAdministrator(DomainError):
    """Without this person there would be no administrator."""

    code = "people.last_administrator"
    status = 409


class AlreadyEnded(DomainError):
    """The role of this person has ended."""

    code = "people.already_ended"
    status = 409

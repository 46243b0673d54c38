"""Which seat does each booking get? Pure: standard library only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from question_bank.seeds import derive_seat_seed, rank


class SeatsLacking(ValueError):
    """There are not seats enough; ``accessible`` tells whether it is the accessible ones."""

    def __init__(self, *, needed: int, found: int, accessible: bool) -> None:
        """Say how many there would have to be."""
        self.needed, self.found, self.accessible = needed, found, accessible
        super().__init__(f"{needed} {'accessible ' * accessible}seats are needed, {found} are in service")


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A workstation that stood ready when the draw was committed."""

    number: str
    accessible: bool = False


@dataclass(frozen=True, kw_only=True)
class Seating:
    """Who sits where, and which seats replace a broken one, in this order."""

    places: Mapping[str, str]
    spares: tuple[str, ...]


def draw_seats(secret: bytes, salt: str, session: str, seats: Sequence[Seat], needs: Mapping[str, bool]) -> Seating:
    """Return the seats of all bookings of a session: the same for the same inputs.

    Bookings that need an accessible seat come first, by rank, and take the accessible seats by rank. The others follow
    by rank and take what is left: ordinary seats by rank, then accessible ones by rank. What nobody got is spare, in
    that order.

    Args:
        secret: What was committed to.
        salt: What was thrown, as ``throw`` writes it; empty in a weak draw.
        session: Code of the session.
        seats: The workstations that were committed to.
        needs: For every booking of the roster whether it needs an accessible seat.

    Raises:
        SeatsLacking: There are too few, or too few accessible ones.
    """
    require_seats(seats, needs)
    seed = derive_seat_seed(secret, salt, session)
    left = sorted(seats, key=lambda seat: rank(seed, "seat", seat.number.encode()))
    queue = sorted(needs, key=lambda booking: rank(seed, "booking", booking.encode()))
    places: dict[str, str] = {}
    for booking in sorted(queue, key=lambda booking: not needs[booking]):
        fitting = [seat for seat in left if seat.accessible] if needs[booking] else sorted(left, key=_is_accessible)
        places[booking] = fitting[0].number
        left.remove(fitting[0])
    spares = sorted(left, key=_is_accessible)
    return Seating(places=places, spares=tuple(seat.number for seat in spares))


def _is_accessible(seat: Seat) -> bool:
    return seat.accessible


def require_seats(seats: Sequence[Seat], needs: Mapping[str, bool]) -> None:
    """Refuse a roster for which there is no room.

    Raises:
        SeatsLacking: See ``draw_seats``.
    """
    accessible = sum(seat.accessible for seat in seats)
    if sum(needs.values()) > accessible:
        raise SeatsLacking(needed=sum(needs.values()), found=accessible, accessible=True)
    if len(needs) > len(seats):
        raise SeatsLacking(needed=len(needs), found=len(seats), accessible=False)

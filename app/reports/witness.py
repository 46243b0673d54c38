"""How does somebody outside follow the log? Hashes and signatures only: nothing here tells what an act says."""

from __future__ import annotations

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.guards import public
from app.audit import queries as audit
from app.audit.errors import NoCheckpoint
from app.web import db, tools

bp = Blueprint("witness", __name__, url_prefix="/log")

PLAIN = "text/plain"


@bp.get("/checkpoint")
@public
def checkpoint() -> ResponseReturnValue:
    """The newest signed note, to be compared with the last one and kept."""
    newest = audit.newest_checkpoint(db.session())
    if newest is None:
        return Response(_("Nothing has been signed yet.") + "\n", 404, mimetype=PLAIN)
    return Response(newest.note, mimetype=PLAIN)


@bp.get("/key")
@public
def key() -> ResponseReturnValue:
    """The keys that sign the log, the newest first."""
    return Response("".join(f"{known}\n" for known in tools().keys.log_keys()), mimetype=PLAIN)


@bp.get("/consistency/<int:old>/<int:new>")
@public
def consistency(old: int, new: int) -> ResponseReturnValue:
    """What proves that the log of ``new`` acts begins with that of ``old``, for sizes up to the newest checkpoint."""
    if not 0 < old <= new:
        abort(404)
    newest = audit.newest_checkpoint(db.session())
    if newest is None or new > newest.size:
        raise NoCheckpoint
    path = audit.prove_growth(old, new, session=db.session())
    return {"old": old, "new": new, "proof": [node.hex() for node in path]}

"""What can be set going again from the reports?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit import service as audit
from app.jobs import service as jobs


def retry_job(job_id: uuid.UUID, *, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Queue a failed job again and record who asked. Does not commit.

    Raises:
        JobNotFailed: There is no failed job of this id.
    """
    jobs.retry(job_id, session=session, now=now)
    audit.record("jobs.job.requeued", session=session, at=now, actor=actor, subject=job_id)

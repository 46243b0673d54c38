"""The application on a machine whose clock a test sets: the file ``step`` of the instance holds by how many seconds.

The machine's own clock is left alone, so everything of the application but this one function is what runs elsewhere.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

from app import create_app
from app.steadyclock import SteadyClock
from app.wiring import real_tools
from config import Settings

STEP = Path(os.environ["SYNAQ_INSTANCE"]) / "step"


def machine() -> int:
    return time.time_ns() + int(float(STEP.read_text()) * 10**9)


settings = Settings.from_environment()
tools = replace(real_tools(settings), clock=SteadyClock(settings.instance / "clock", machine=machine))
app = create_app(settings, tools)

"""pyHanko as a process: a line with a job in, a line of JSON out, in the order in which they came.

A job is named fields (`name=value`) with tabs between them, lists with vertical bars between items; `do` says whether to
`judge` a PDF or to make one.
"""

import asyncio
import json
import logging
import sys

from judge import judge
from maker import make

logging.disable(logging.CRITICAL)


class Job(dict):
    """Fields that are not given are empty."""

    def __missing__(self, name):
        return ""

    def list(self, name):
        return self[name].split("|") if self[name] else []


for line in sys.stdin:
    try:
        job = Job(field.split("=", 1) for field in line.rstrip("\n").split("\t"))
        answer = asyncio.run((judge if job["do"] == "judge" else make)(job))
    except Exception as error:  # noqa: BLE001 - whatever it says is its answer
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)

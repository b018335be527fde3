"""The judge of identity evidence as a process: a line with a job in, a line of JSON out, in the order in which they came.

A job is named fields (`name=value`) with tabs between them: `file`; `time`, of its receipt; of the document `sha256`,
`title` and `type`; `binding`, the word that a log-on is bound to; `brokers` and `people`, PEM files of the anchors of their
certificates.
"""

import json
import sys
from collections import defaultdict

from judge import judge

for line in sys.stdin:
    job = defaultdict(str, (field.split("=", 1) for field in line.rstrip("\n").split("\t")))
    print(json.dumps(judge(job)), flush=True)

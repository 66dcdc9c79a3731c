"""Who did what, when last: the audit events in CloudTrail's form, and when each credential was last used.

A write's event is part of its transaction; those of reads and refusals are written in batches within a second.
"""

from bailiwick.trail.event import Event
from bailiwick.trail.recorder import Recorder

__all__ = ["Event", "Recorder"]

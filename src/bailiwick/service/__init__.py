"""The service as a whole: the composition root, the HTTP door, and a call's way through the parts.

`Service` is what the command line opens, serves and closes.
"""

from bailiwick.service.composition import FirstRun, Service, StartError
from bailiwick.service.credentials_file import ProfileTaken, require_free_profile, write_profiles
from bailiwick.service.founding import NewAccount
from bailiwick.service.quota_changes import NoSuchAccount, Quota

__all__ = [
    "FirstRun",
    "NewAccount",
    "NoSuchAccount",
    "ProfileTaken",
    "Quota",
    "Service",
    "StartError",
    "require_free_profile",
    "write_profiles",
]

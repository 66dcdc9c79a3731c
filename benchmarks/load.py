"""Load from wrk, which replays requests that were signed beforehand: the generator is then not the bottleneck."""

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.connection import CallFailed
from benchmarks.processes import LOAD_CORE, Server, pinned

_SCRIPT = """
local file = io.open("%s", "rb"); local requests = {}; local count = 0
while true do
  local length = file:read("*l"); if not length then break end
  count = count + 1; requests[count] = file:read(tonumber(length)); file:read(1)
end
file:close()
local at = 0
request = function()
  at = at + 1
  if at > count then if %s then wrk.thread:stop() end at = 1 end
  return requests[at]
end
done = function(summary, latency, requests)
  print(string.format('RESULT{"requests":%%d,"microseconds":%%d,"refused":%%d,"broken":%%d,"p50":%%d,"p99":%%d}',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of load showed: latencies in microseconds, and the server's CPU for each request."""

    per_second: float
    p50: float
    p99: float
    cpu: float


def is_installed() -> bool:
    """Whether wrk is there."""
    return shutil.which("wrk") is not None


def drive(
    server: Server, requests: Sequence[bytes], *, connections: int, seconds: float, only_once: bool = False
) -> Load:
    """Send the requests over and over, or each only once, on so many connections.

    Raises:
        CallFailed: some were not answered with success, so that the figures would be those of refusals.
    """
    with TemporaryDirectory(dir=server.folder) as folder:
        file, script = Path(folder, "requests"), Path(folder, "load.lua")
        with file.open("wb") as out:
            for request in requests:
                out.write(b"%d\n%b\n" % (len(request), request))
        script.write_text(_SCRIPT % (file, "true" if only_once else "false"), encoding="utf-8")
        before = server.cpu_seconds()
        run = subprocess.run(
            [
                *("wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "60s"),
                *("-s", str(script), f"http://{server.address}/"),
            ],
            capture_output=True,
            text=True,
            preexec_fn=pinned(LOAD_CORE),
        )
        cpu_seconds = server.cpu_seconds() - before
    found = re.search(r"RESULT(\{.*\})", run.stdout)
    if found is None:
        raise CallFailed(f"wrk failed: {run.stdout}{run.stderr}")
    result = json.loads(found[1])
    if result["refused"] or result["broken"] or not result["requests"]:
        raise CallFailed(f"of {result['requests']} requests {result['refused']} were refused, {result['broken']} broke")
    count = result["requests"]
    return Load(count / result["microseconds"] * 1e6, result["p50"], result["p99"], cpu_seconds / count * 1e6)

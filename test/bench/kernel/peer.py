"""A Jupyter kernel, asked as dinnb's is: peer.py RUNS FIRST COMMAND... prints JSON. FIRST is the cell whose value is waited for."""

import json
import sys
import time

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

runs, first, *command = sys.argv[1:]


class Manager(KernelManager):
    def format_kernel_cmd(self, extra_arguments=None):
        return [part.replace("{connection_file}", self.connection_file) for part in command]


def idle(client: BlockingKernelClient, source: str) -> float:
    """Milliseconds until the kernel has answered and is idle again."""
    start = time.perf_counter()
    asked = client.execute(source)
    replied = done = False
    while not done:
        message = client.get_iopub_msg(timeout=120)
        if message["parent_header"].get("msg_id") != asked:
            continue
        done = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
    while not replied:
        reply = client.get_shell_msg(timeout=120)
        replied = reply["parent_header"].get("msg_id") == asked
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"{source}: {reply['content']}")
    return 1000 * (time.perf_counter() - start)


began = time.perf_counter()
manager = Manager(kernel_name="python3")
manager.start_kernel()
client = manager.blocking_client()
client.start_channels()
try:
    client.wait_for_ready(timeout=120)
    idle(client, first)
    ready = 1000 * (time.perf_counter() - began)
    for _ in range(20):
        idle(client, "1+1")
    trips = [idle(client, "1+1") for _ in range(int(runs))]
    print("@" + json.dumps({"first": ready, "trips": trips}))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)

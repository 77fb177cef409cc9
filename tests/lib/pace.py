"""One factor on the deadlines of tests, for a machine that is slow.

A deadline is how long a test waits for what must happen; limits are written
for the machines that Enclave is built on. ENCLAVE_TIME_FACTOR says how many
times longer everything may take here (an emulated machine: 8). Times that a
test promises, such as a session's wall clock, aren't deadlines and stay.
"""

import os

FACTOR = max(1.0, float(os.environ.get("ENCLAVE_TIME_FACTOR") or 1))
LONGEST_WAIT = 300  # seconds, what ?wait= takes


def paced(seconds):
    """A deadline on this machine."""
    return seconds * FACTOR


def paced_wait(text):
    """The same for ?wait=, a whole number of seconds such as 60s."""
    seconds = int(text.removesuffix("s"))
    return f"{min(int(paced(seconds)), max(LONGEST_WAIT, seconds))}s"

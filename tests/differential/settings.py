"""What the command line of `run` says."""

full = False
seed = 0


class Skip(Exception):
    """What the test wants isn't there."""

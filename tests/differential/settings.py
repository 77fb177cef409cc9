"""What the command line of `run` says."""

full = False
seed = 0

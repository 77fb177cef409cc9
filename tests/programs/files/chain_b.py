def go():
    raise LookupError("from below")

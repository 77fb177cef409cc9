import chain_b


def go():
    return chain_b.go()

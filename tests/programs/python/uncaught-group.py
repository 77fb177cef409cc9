# an exception group that nobody catches
def make(n):
    try:
        raise ValueError(n)
    except ValueError as error:
        return error
raise ExceptionGroup("several", [make(1), ExceptionGroup("inner", [make(2), TypeError("t")])])

# causes, contexts and notes of an uncaught error
class Own(Exception):
    def __str__(self):
        return "line one\nline two"
def parse(text):
    try:
        return int(text)
    except ValueError as error:
        error.add_note("a note\nof two lines")
        raise Own from error
try:
    parse("x")
except Own as error:
    try:
        {}["gone"]
    except KeyError:
        raise RuntimeError("third") from error

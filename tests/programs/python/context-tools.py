# contextlib, dataclasses and typing at their edges
import contextlib, dataclasses, io, sys, typing
@contextlib.contextmanager
def tag(name):
    print("<", name)
    try:
        yield name
    finally:
        print(">", name)
with contextlib.ExitStack() as stack:
    stack.enter_context(tag("a")); stack.callback(print, "callback"); stack.enter_context(tag("b"))
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(KeyError):
    print("hidden"); {}["x"]
print(repr(out.getvalue()))
with contextlib.chdir("/tmp"):
    print(__import__("os").getcwd())
@dataclasses.dataclass(frozen=True, order=True, slots=True)
class P:
    x: int
    y: list = dataclasses.field(default_factory=list, compare=False)
print(P(1), P(1) < P(2), dataclasses.asdict(P(3)), typing.get_type_hints(P))
try:
    P(1).x = 2
except dataclasses.FrozenInstanceError as error:
    print(error)

# itertools, functools and operator, with cache facts
import functools, itertools, operator
print(list(itertools.islice(itertools.accumulate(itertools.count(1), operator.mul), 6)))
print([(k, list(g)) for k, g in itertools.groupby("aabbc")], list(itertools.pairwise("abc")))
@functools.lru_cache(maxsize=4)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(50), fib.cache_info())
@functools.singledispatch
def show(value):
    return "object"
@show.register
def _(value: int):
    return "int"
print(show(1), show("x"), functools.partial(int, base=2)("101"), functools.reduce(operator.add, range(5)))
print(fib.__wrapped__.__qualname__, operator.attrgetter("real")(3))

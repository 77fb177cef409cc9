# concurrent.futures: threads and processes, errors with remote traces
import concurrent.futures as cf
import os
def work(n):
    if n == 3:
        raise KeyError(n)
    return n * 10
def die(n):
    os._exit(1)
if __name__ == "__main__":
    with cf.ThreadPoolExecutor(2, thread_name_prefix="T") as pool:
        print(list(pool.map(work, range(3))), pool.submit(work, 3).exception())
    with cf.ProcessPoolExecutor(2) as pool:
        print(list(pool.map(work, range(3))))
        error = pool.submit(work, 3).exception()
        print(repr(error), "in work" in str(error.__cause__))
    with cf.ProcessPoolExecutor(1) as pool:
        print(repr(pool.submit(die, 1).exception()))
    f = cf.Future()
    try:
        f.result(timeout=0.01)
    except TimeoutError as error:
        print(repr(error), f.cancel(), f)

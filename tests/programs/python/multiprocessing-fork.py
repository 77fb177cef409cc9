# multiprocessing by fork: pool, queue, pipe, shared values, an error
import multiprocessing as mp
def square(x):
    return x * x
def put(q, v, a):
    q.put(mp.current_process().name); v.value += 1; a[1] = 7
def bad():
    raise SystemExit(9)
if __name__ == "__main__":
    print(mp.get_start_method(), mp.get_all_start_methods())
    with mp.Pool(2) as pool:
        print(pool.map(square, range(5)))
        try:
            pool.apply(int, ("x",))
        except ValueError as error:
            print(error)
    q, v, a = mp.Queue(), mp.Value("i", 1), mp.Array("i", 2)
    p = mp.Process(target=put, args=(q, v, a), name="Putter"); p.start()
    print(q.get()); p.join(); print(p.exitcode, v.value, a[:])
    p = mp.Process(target=bad); p.start(); p.join(); print(p.exitcode)
    p = mp.Process(target=__import__("time").sleep, args=(60,)); p.start(); p.terminate(); p.join(); print(p.exitcode)
    with mp.Manager() as manager:
        d = manager.dict(a=1); d["b"] = 2; print(dict(d))

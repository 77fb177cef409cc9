# multiprocessing by spawn imports the main file again
import multiprocessing as mp
import os
print("top", __name__, os.path.basename(__file__), flush=True)
def add(a, b):
    return a + b, __name__, mp.current_process().name
if __name__ == "__main__":
    ctx = mp.get_context("spawn")
    with ctx.Pool(1) as pool:
        print(pool.apply(add, (2, 3)))

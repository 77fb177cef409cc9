# multiprocessing by a fork server
import multiprocessing as mp
def work(conn):
    conn.send((mp.current_process().name, mp.parent_process().name)); conn.close()
if __name__ == "__main__":
    ctx = mp.get_context("forkserver")
    ours, theirs = ctx.Pipe()
    p = ctx.Process(target=work, args=(theirs,), name="Child"); p.start()
    print(ours.recv()); p.join(); print(p.exitcode)

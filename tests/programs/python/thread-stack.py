# threads with small and large stacks, and how deep recursion goes in them
import threading
print(threading.stack_size())
def down(n):
    return n and down(n - 1)
for size in 64 << 10, 1 << 20, 64 << 20:
    threading.stack_size(size)
    t = threading.Thread(target=lambda: print(size, down(500))); t.start(); t.join()
try:
    threading.stack_size(1000)
except ValueError as error:
    print(error)
threading.stack_size(0)
threads = [threading.Thread(target=lambda: None) for _ in range(100)]
[t.start() for t in threads]; [t.join() for t in threads]; print(threading.active_count())

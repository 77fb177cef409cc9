# multiprocessing.shared_memory and what is in /dev/shm
import os
from multiprocessing import Process, Semaphore, shared_memory
shm = shared_memory.SharedMemory(create=True, size=100, name="mine")
print(os.listdir("/dev/shm"), shm.size)
def child():
    other = shared_memory.SharedMemory("mine"); other.buf[:5] = b"hello"; other.close()
p = Process(target=child); p.start(); p.join()
print(bytes(shm.buf[:5])); shm.close(); shm.unlink(); print(os.listdir("/dev/shm"))
numbers = shared_memory.ShareableList([1, "two", 3.0]); print(list(numbers)); numbers.shm.close(); numbers.shm.unlink()
s = Semaphore(1); print(s.acquire(), s.acquire(timeout=0.01)); s.release()
try:
    shared_memory.SharedMemory("none")
except FileNotFoundError as error:
    print(error)

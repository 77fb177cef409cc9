# sched, queue, contextvars and selectors
import contextvars, queue, sched, selectors, socket, threading, time
s = sched.scheduler(time.monotonic, time.sleep)
s.enter(0.03, 1, print, ["third"]); s.enter(0.01, 1, print, ["first"]); s.enter(0.01, 2, print, ["second"])
s.run()
q = queue.PriorityQueue(); [q.put(n) for n in (3, 1, 2)]; print([q.get() for _ in range(3)])
for q, action in (queue.Queue(1), "get"), (queue.SimpleQueue(), "get"), (queue.LifoQueue(), "get_nowait"):
    try:
        getattr(q, action)(*([] if "_" in action else [True, 0.01]))
    except queue.Empty as error:
        print(repr(error))
var = contextvars.ContextVar("var", default=0); var.set(1)
context = contextvars.copy_context()
t = threading.Thread(target=lambda: print("thread sees", var.get())); t.start(); t.join()
print(context.run(lambda: (var.set(5), var.get())[1]), var.get())
a, b = socket.socketpair(); sel = selectors.DefaultSelector(); sel.register(a, selectors.EVENT_READ | selectors.EVENT_WRITE, "data")
print(type(sel).__name__, [(k.data, m) for k, m in sel.select(0)]); b.send(b"x"); print([(k.data, m) for k, m in sel.select(1)])

# trace, cProfile, tracemalloc and sys.settrace
import cProfile, pstats, io, re, sys, trace, tracemalloc
def work(n):
    if n:
        work(n - 1)
t = trace.Trace(count=1, trace=0); t.runfunc(work, 2)
print(sorted((line, count) for (file, line), count in t.results().counts.items() if file == __file__ or file.endswith("main.py")))
trace.Trace(count=0, trace=1).runfunc(work, 0)
p = cProfile.Profile(); p.runcall(work, 3); out = io.StringIO(); pstats.Stats(p, stream=out).print_stats("work")
print(re.sub(r"\d\.\d{3}", "T", out.getvalue()))
tracemalloc.start(); data = [bytes(1000) for _ in range(10)]
print(tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, __file__)]).statistics("lineno")[0].traceback)
tracemalloc.stop()
events = []
sys.settrace(lambda frame, event, arg: events.append((event, frame.f_code.co_name, frame.f_lineno))); work(1); sys.settrace(None)
print(events, sys.gettrace(), sys.getprofile())

# limits that a program sets for itself
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 2000))
try:
    with open("f", "wb", 0) as f:
        print(f.write(b"x" * 1500)); f.write(b"y")
except OSError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
try:
    kept = [open("/dev/null") for _ in range(30)]
except OSError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_CPU, (1, 2)); print(resource.getrlimit(resource.RLIMIT_CPU))
try:
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
except ValueError as error:
    print(error)
print(resource.getpagesize(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 1000)

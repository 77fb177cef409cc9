# whether page faults are counted
# differs: guest-processes@gvisor
import resource
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt > 0)

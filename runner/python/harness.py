import sys

import enclave_harness

enclave_harness.run(sys.argv)

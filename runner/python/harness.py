import sys

import enclave_harness

enclave_harness.main(sys.argv)

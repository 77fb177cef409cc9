#include "init.h"

/* enclave-init: pid 1 of a sandbox; takes no argument and no environment. */
int main(void)
{
	return enc_init_run(ENC_INIT_FD_RUNNER);
}

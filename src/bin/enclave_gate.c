#include <signal.h>
#include <sys/prctl.h>

#include "gate.h"
#include "log.h"

int main(void)
{
	enc_log_init("enclave-gate");
	(void)signal(SIGPIPE, SIG_IGN);
	/* exec made it dumpable again: no core, no ptrace, no /proc/PID/mem. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return enc_gate_run();
}

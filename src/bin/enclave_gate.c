#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>

#include "def.h"
#include "failpoint.h"
#include "gate.h"
#include "log.h"

enum { EXIT_BROKEN = 70, LARGE_BYTES = 128 << 10 };

/* enclave-gate [--failpoint NAME]. Everything else comes by descriptors. */
int main(int argc, char **argv)
{
	bool armed = argc == 3 && strcmp(argv[1], ENC_FAILPOINT_OPTION) == 0;

	enc_log_init("enclave-gate");
	if (argc != (armed ? 3 : 1) ||
	    enc_failpoint_arm(armed ? argv[2] : NULL, "enclave-gate") < 0) {
		return EXIT_BROKEN;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	/* A service manager may signal every process of the service. The gate
	 * ends with its session. */
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	/* execveat() of a descriptor makes the descriptor's number the name. */
	(void)prctl(PR_SET_NAME, "enclave-gate", 0, 0, 0);
	/* exec made the process dumpable. Forbid core files, ptrace and
	 * /proc/PID/mem. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* Large blocks return to the host when they are freed. A failure only
	 * costs memory. */
	ENC_IGNORE(mallopt(M_MMAP_THRESHOLD, LARGE_BYTES));
	return enc_gate_run();
}

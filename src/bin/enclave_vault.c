#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "log.h"
#include "vault_fd.h"
#include "vault_run.h"

/* enclave-vault [--make-memory]. Everything else comes by descriptors. */
int main(int argc, char **argv)
{
	struct enc_vault_options options = {
		.launcher = ENC_VAULT_FD_LAUNCHER,
		.keys = ENC_VAULT_FD_KEYS,
		.dir = ENC_VAULT_FD_DIR,
		.ready = ENC_VAULT_FD_READY,
		.may_make = argc == 2 &&
			    strcmp(argv[1], ENC_VAULT_MAKE_MEMORY) == 0,
	};

	enc_log_init("enclave-vault");
	if (argc != (options.may_make ? 2 : 1)) {
		return EX_USAGE;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	/* A service manager may signal every process of the service. The vault
	 * ends with enclaved. */
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	/* execveat() of a descriptor makes the descriptor's number the name. */
	(void)prctl(PR_SET_NAME, "enclave-vault", 0, 0, 0);
	/* exec made the process dumpable. Forbid core files, ptrace and
	 * /proc/PID/mem. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return enc_vault_run(&options);
}

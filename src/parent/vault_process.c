/*
 * Should: turn a fork of enclaved into enclave-vault, which has only its
 * descriptors and its directory. Mustn't: start it without one of its layers.
 *
 * Every layer is in force before the exec, so it holds whatever program is
 * started.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api_root.h"
#include "birth.h"
#include "descriptors.h"
#include "fd.h"
#include "gen_vault_seccomp.h"
#include "landlock.h"
#include "process.h"
#include "vault_fd.h"
#include "vault_process.h"

enum {
	NOFILE = 16384, /* a link per gate */
	/* The vault, and killed ones of the same uid that haven't ended yet. */
	NPROC = 16,
	MEMLOCK = 8 << 20, /* keys, and two messages */
};

/*
 * place_vault() - give all descriptors their numbers; standard error stays,
 * since it is the log
 */
static int place_vault(const struct enc_vault_birth *birth, int null,
		       int program)
{
	/* enc_descriptors_place() closes the descriptors `null` and `dir`. */
	int dir = open(ENC_API_STATE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct enc_descriptor rows[ENC_VAULT_FD_MAX] = {
		[STDIN_FILENO] = { null, false },
		[STDOUT_FILENO] = { null, false },
		[STDERR_FILENO] = { STDERR_FILENO, false },
		[ENC_VAULT_FD_LAUNCHER] = { birth->launcher, false },
		[ENC_VAULT_FD_KEYS] = { birth->keys, false },
		[ENC_VAULT_FD_DIR] = { dir, false },
		[ENC_VAULT_FD_PROGRAM] = { program, true },
		[ENC_VAULT_FD_READY] = { birth->ready, false },
	};

	return dir < 0 ? -errno : enc_descriptors_place(rows, ENC_VAULT_FD_MAX);
}

static int limit_all(void)
{
	static const struct enc_birth_rlimit limits[] = {
		/* At 0 the kernel still runs the program of core_pattern. */
		{ "core", RLIMIT_CORE, 1 },
		{ "nofile", RLIMIT_NOFILE, NOFILE },
		{ "nproc", RLIMIT_NPROC, NPROC },
		{ "memlock", RLIMIT_MEMLOCK, MEMLOCK },
		{ "msgqueue", RLIMIT_MSGQUEUE, 0 },
	};

	return enc_birth_limit("enclave-vault", limits, ENC_COUNT(limits));
}

/* give_up_root() - become the vault's uid, which reaches its directory alone */
static int give_up_root(uid_t uid)
{
	static const struct enc_landlock_place places[] = {
		{ .path = ENC_API_STATE_DIR, .write = true },
	};
	const char *failed;
	int r = enc_birth_drop_root(uid);

	return r < 0 ? r
		     : enc_landlock_restrict(places, ENC_COUNT(places),
					     ENC_VAULT_FD_PROGRAM, &failed);
}

/* run_vault() - install the filter and exec; returns only on failure */
static int run_vault(const struct enc_vault_birth *birth)
{
	const char *const argv[] = { "enclave-vault",
				     birth->make_memory ? ENC_VAULT_MAKE_MEMORY
							: NULL,
				     NULL };
	char log_variable[ENC_BIRTH_LOG_BYTES];
	char *const envp[] = { log_variable, NULL };

	enc_birth_log_variable(log_variable);
	return enc_birth_exec(&(struct enc_birth_program){
		.fd = ENC_VAULT_FD_PROGRAM,
		.argv = argv,
		.envp = envp,
		.filter = enc_seccomp_program,
		.filter_count = ENC_COUNT(enc_seccomp_program) });
}

static _Noreturn void live_vault(const struct enc_vault_birth *birth)
{
	int program = open(birth->program, O_RDONLY | O_CLOEXEC);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int r = program < 0 || null < 0 ? -errno : 0;

	r = r < 0 ? r : enc_api_root_enter(birth->dir, /* files= */ false);
	r = r < 0 ? r : place_vault(birth, null, program);
	r = r < 0 ? r : limit_all();
	r = r < 0 ? r : give_up_root(birth->uid);
	r = r < 0 ? r : run_vault(birth);
	enc_birth_fail(birth->program, r);
}

int enc_vault_start(const struct enc_vault_birth *birth, pid_t *ret_pid,
		    int *ret_pidfd)
{
	int r = enc_process_clone(ENC_BIRTH_NAMESPACES, /* cgroup= */ -1,
				  /* blocked= */ NULL, ret_pid, ret_pidfd);

	if (r == 0) {
		live_vault(birth);
	}
	return r < 0 ? r : 0;
}

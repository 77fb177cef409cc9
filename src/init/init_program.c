#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"
#include "init_ids.h"
#include "init_program.h"

enum {
	FIRST_PROGRAM_FD = 0,
	/* The program's descriptors: stdin, stdout, stderr. */
	PROGRAM_FDS = 3,
	GO_FD = 3,
	PROGRAM_UMASK = 022,
};

int enc_init_program_init(struct enc_init_program *program)
{
	struct rlimit all;

	program->pid = 0;
	for (size_t i = 0; i < ENC_INIT_END_MAX; i++) {
		program->ends[i] = -1;
	}
	if (getrlimit(RLIMIT_NOFILE, &program->files) < 0) {
		return -errno;
	}
	all.rlim_cur = all.rlim_max = program->files.rlim_max;
	program->files.rlim_max = program->files.rlim_cur;
	return setrlimit(RLIMIT_NOFILE, &all) < 0 ? -errno : 0;
}

void enc_init_program_shut(struct enc_init_program *program,
			   enum enc_init_end end)
{
	if (program->ends[end] >= 0) {
		close(program->ends[end]);
		program->ends[end] = -1;
	}
}

void enc_init_program_done(struct enc_init_program *program)
{
	for (size_t i = 0; i < ENC_INIT_END_MAX; i++) {
		enc_init_program_shut(program, (enum enc_init_end)i);
	}
}

/*
 * open_pair() - open a pipe or a socket pair for one end, in its direction
 *
 * The effective ids must be the program's, since it may open the files again:
 * /dev/stdout is a link to /proc/self/fd/1.
 */
static int open_pair(enum enc_init_end end, int *ret_ours, int *ret_theirs)
{
	bool downward = end == ENC_INIT_END_STDIN;
	int pair[2];
	int r = end == ENC_INIT_END_GO
			? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				     pair)
			: pipe2(pair, O_CLOEXEC);

	if (r < 0) {
		return -errno;
	}
	*ret_ours = pair[downward ? 1 : 0];
	*ret_theirs = pair[downward ? 0 : 1];
	return fcntl(*ret_ours, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/*
 * open_pairs() - open all pairs under the program's ids; on failure those
 * already open stay open
 */
static int open_pairs(struct enc_init_program *program, bool waits,
		      int theirs[ENC_INIT_END_MAX])
{
	size_t count = waits ? ENC_INIT_END_MAX : ENC_INIT_END_GO;
	int r = enc_init_ids_borrow();
	int returned;

	for (size_t i = 0; r == 0 && i < count; i++) {
		r = open_pair((enum enc_init_end)i, &program->ends[i],
			      &theirs[i]);
	}
	returned = enc_init_ids_return();
	return returned < 0 ? returned : r;
}

/*
 * reset_signals() - set default signal handling, as a shell does. Return: 0 or
 * a negative errno
 */
static int reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++) {
		/* fails for SIGKILL, SIGSTOP and signals that libc reserves */
		ENC_IGNORE(signal(i, SIG_DFL) == SIG_ERR);
	}
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

/* become() - turn this process into the program; returns only on failure */
static int become(const struct enc_init_program *program,
		  const struct enc_init_command *command,
		  const int theirs[ENC_INIT_END_MAX])
{
	int r;

	if (setsid() < 0) {
		return -errno;
	}
	for (int i = FIRST_PROGRAM_FD; i < PROGRAM_FDS; i++) {
		if (dup2(theirs[i], i) < 0) {
			return -errno;
		}
	}
	/* dup2() below must not close the end that reports a failed exec. */
	ENC_ASSERT(theirs[ENC_INIT_END_EXEC] != GO_FD);
	if (theirs[ENC_INIT_END_GO] >= 0 &&
	    dup2(theirs[ENC_INIT_END_GO], GO_FD) < 0) {
		return -errno;
	}
	r = enc_init_ids_drop();
	if (r == 0) {
		r = reset_signals();
	}
	if (r < 0) {
		return r;
	}
	umask(PROGRAM_UMASK);
	if (setrlimit(RLIMIT_NOFILE, &program->files) < 0 ||
	    chdir("/work") < 0) {
		return -errno;
	}
	environ = command->env; /* execvp() reads PATH from it */
	execvp(command->file, command->argv);
	return -errno;
}

int enc_init_program_start(struct enc_init_program *program,
			   const struct enc_init_command *command, bool waits)
{
	int theirs[ENC_INIT_END_MAX] = { -1, -1, -1, -1, -1 };
	int r = open_pairs(program, waits, theirs);

	if (r == 0) {
		program->pid = fork();
		r = program->pid < 0 ? -errno : 0;
	}
	if (r == 0 && program->pid == 0) {
		struct enc_init_exec_failure failure = {
			.error = -become(program, command, theirs),
		};

		ENC_IGNORE(write(theirs[ENC_INIT_END_EXEC], &failure,
				 sizeof(failure)));
		_exit(ENC_INIT_EXIT_NO_EXEC);
	}
	for (size_t i = 0; i < ENC_INIT_END_MAX; i++) {
		if (theirs[i] >= 0) {
			close(theirs[i]);
		}
	}
	if (r < 0) {
		program->pid = 0;
		enc_init_program_done(program);
	}
	return r;
}

void enc_init_program_discard(struct enc_init_program *program)
{
	if (program->pid > 0) {
		/* The child may be dead already. */
		ENC_IGNORE(kill(program->pid, SIGKILL));
		/*
		 * Until the child is reaped, it counts as a process and is
		 * visible.
		 */
		while (waitpid(program->pid, NULL, 0) < 0 && errno == EINTR) {
		}
		program->pid = 0;
	}
	enc_init_program_done(program);
}

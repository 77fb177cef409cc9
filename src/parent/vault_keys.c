#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "hex.h"
#include "log.h"
#include "process.h"
#include "random.h"
#include "vault_keys.h"

enum {
	KEY_BYTES = 32,
	LINE_BYTES = 2 * KEY_BYTES + 1,
	/* A pipe always holds this much; 16 keys are shorter. */
	FILE_MAX_BYTES = 4096,
	OUTPUT_MAX_BYTES = 64 * 1024,
	COMMAND_MS = 10000,
	KILLED_MS = 1000,
};

static const char new_file[] = ENC_VAULT_KEY_FILE ".new";

void enc_vault_keys_init(struct enc_vault_keys *keys, int state_dir,
			 const char *command, struct enc_poller *poller)
{
	*keys = (struct enc_vault_keys){ .state_dir = state_dir,
					 .command = command,
					 .poller = poller,
					 .helper = -1,
					 .watch = { .fd = -1 } };
}

/* ---- the file ---- */

bool enc_vault_keys_exist(const struct enc_vault_keys *keys)
{
	return keys->command != NULL ||
	       faccessat(keys->state_dir, ENC_VAULT_KEY_FILE, F_OK,
			 AT_SYMLINK_NOFOLLOW) == 0;
}

int enc_vault_keys_make(const struct enc_vault_keys *keys)
{
	uint8_t key[KEY_BYTES];
	char line[LINE_BYTES + 1];
	enc_autoclose int fd =
		openat(keys->state_dir, new_file,
		       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		       0600);
	int r = fd < 0 ? -errno : 0;

	if (r < 0) {
		return r;
	}
	enc_random_bytes(key, sizeof(key));
	enc_hex_encode(key, sizeof(key), line);
	line[LINE_BYTES - 1] = '\n';
	r = enc_fd_write_all(fd, line, LINE_BYTES);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(line, sizeof(line));
	if (r == 0 && fsync(fd) < 0) {
		r = -errno;
	}
	/* linkat() doesn't replace a file, unlike rename(). */
	if (r == 0 && linkat(keys->state_dir, new_file, keys->state_dir,
			     ENC_VAULT_KEY_FILE, 0) < 0) {
		r = -errno;
	}
	ENC_IGNORE(unlinkat(keys->state_dir, new_file, 0));
	if (r == 0 && fsync(keys->state_dir) < 0) {
		r = -errno;
	}
	return r;
}

static enum enc_code check_file(int fd, struct enc_error *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"vault-key isn't a plain file");
	}
	if (status.st_uid != geteuid() ||
	    (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the file vault-key can be read by others, or "
				"isn't root's: `chown root` and `chmod 600` it "
				"if nobody else has read it");
	}
	return ENC_OK;
}

/*
 * copy_file() - write the file's content into the pipe, which has room for it
 */
static enum enc_code copy_file(const struct enc_vault_keys *keys, int pipe_fd,
			       struct enc_error *err)
{
	enc_autoclose int fd =
		openat(keys->state_dir, ENC_VAULT_KEY_FILE,
		       O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[FILE_MAX_BYTES + 1];
	ssize_t length;
	int r;

	if (fd < 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the file vault-key can't be opened: %s",
				errno == ELOOP ? "it is a symbolic link"
					       : strerror(errno));
	}
	if (check_file(fd, err) != ENC_OK) {
		return ENC_UNAVAILABLE;
	}
	length = read(fd, text, sizeof(text));
	if (length < 0) {
		r = -errno;
	} else {
		r = length > FILE_MAX_BYTES
			    ? -E2BIG
			    : enc_fd_write_all(pipe_fd, text, (size_t)length);
	}
	explicit_bzero(text, sizeof(text));
	return r == 0 ? ENC_OK
		      : enc_fail(err, ENC_UNAVAILABLE,
				 "the file vault-key can't be read: %s",
				 r == -E2BIG ? "it has more than 4096 bytes"
					     : strerror(-r));
}

/* ---- the command ---- */

static _Noreturn void run_shell(const char *command, int output)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* What enclaved was started with, such as --ready-fd, isn't for it. */
	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
	    dup2(output, STDOUT_FILENO) >= 0 &&
	    close_range(STDERR_FILENO + 1, ~0U, 0) == 0) {
		(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	}
	_exit(127);
}

/* The shell that runs the command. */
struct shell {
	pid_t pid;
	int process; /* pidfd */
};

/* ends_by() - whether the shell ends before a time */
static bool ends_by(const struct shell *shell, int64_t deadline_ms)
{
	struct pollfd wait = { .fd = shell->process, .events = POLLIN };
	int64_t left_ms;
	int r = 0;

	/* It may have closed its output long before. */
	while (r <= 0 && (left_ms = deadline_ms - enc_clock_mono_ms()) > 0) {
		r = poll(&wait, 1, (int)left_ms);
	}
	return r > 0;
}

/*
 * wait_shell() - wait for the command, and kill what still runs of it. Return:
 * whether it ended with status 0
 */
static bool wait_shell(const struct shell *shell, int64_t deadline_ms,
		       ssize_t length)
{
	int status = 0;

	if (length >= 0 && !ends_by(shell, deadline_ms)) {
		length = -ETIMEDOUT;
	}
	/* Until the shell is reaped, its group's number isn't used again. */
	(void)kill(-shell->pid, SIGKILL);
	(void)kill(shell->pid, SIGKILL);
	while (waitpid(shell->pid, &status, 0) < 0 && errno == EINTR) {
	}
	if (length < 0) {
		enc_log(ENC_LOG_ERROR, NULL, "--master-key-command: %s",
			length == -ETIMEDOUT ? "it didn't end within 10 seconds"
			: length == -E2BIG   ? "its output is too long"
					     : strerror((int)-length));
		return false;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		enc_log(ENC_LOG_ERROR, NULL, "--master-key-command: %s %d",
			WIFEXITED(status) ? "exit status" : "signal",
			WIFEXITED(status) ? WEXITSTATUS(status)
					  : WTERMSIG(status));
		return false;
	}
	return true;
}

/*
 * help() - run the command, and write its output into the pipe if it ends well
 *
 * The helper is process 1 of a namespace: whatever the command has started ends
 * with it, and it ends with enclaved.
 */
static _Noreturn void help(const char *command, int pipe_fd)
{
	static char text[OUTPUT_MAX_BYTES + 1];
	int64_t deadline_ms = enc_clock_mono_ms() + COMMAND_MS;
	struct shell shell;
	int output[2];
	ssize_t length;
	int r;

	(void)prctl(PR_SET_NAME, "enclave-key", 0, 0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (pipe2(output, O_CLOEXEC) < 0) {
		_exit(1);
	}
	r = enc_process_clone(/* flags= */ 0, /* cgroup= */ -1,
			      /* blocked= */ NULL, &shell.pid, &shell.process);
	if (r == 0) {
		run_shell(command, output[1]);
	}
	(void)close(output[1]);
	if (r < 0) {
		_exit(1);
	}
	(void)setpgid(shell.pid, shell.pid); /* it may not have done it yet */
	length = enc_fd_read_end(output[0], text, OUTPUT_MAX_BYTES, COMMAND_MS);
	if (wait_shell(&shell, deadline_ms, length)) {
		/* The vault may be gone. */
		(void)signal(SIGPIPE, SIG_IGN);
		ENC_IGNORE(enc_fd_write_all(pipe_fd, text, (size_t)length));
	}
	explicit_bzero(text, sizeof(text));
	_exit(0);
}

static void reap_helper(struct enc_vault_keys *keys)
{
	siginfo_t info;

	enc_poller_remove(keys->poller, &keys->watch);
	ENC_IGNORE(waitid((idtype_t)P_PIDFD, (id_t)keys->helper, &info,
			  WEXITED));
	enc_fd_close(&keys->helper);
}

static void on_helper(struct enc_watch *watch, uint32_t events)
{
	(void)events;
	reap_helper(ENC_HOLDER(watch, struct enc_vault_keys, watch));
}

/*
 * end_helper() - end the former command. Return: false if it lasts: a process of
 * it may hang in the kernel, and enclaved mustn't hang with it
 */
static bool end_helper(struct enc_vault_keys *keys)
{
	struct pollfd wait = { .fd = keys->helper, .events = POLLIN };

	if (keys->helper < 0) {
		return true;
	}
	ENC_IGNORE(pidfd_send_signal(keys->helper, SIGKILL, NULL, 0));
	if (poll(&wait, 1, KILLED_MS) <= 0) {
		return false;
	}
	reap_helper(keys);
	return true;
}

void enc_vault_keys_done(struct enc_vault_keys *keys)
{
	if (!end_helper(keys)) {
		enc_poller_remove(keys->poller, &keys->watch);
		enc_fd_close(&keys->helper);
	}
}

static enum enc_code start_helper(struct enc_vault_keys *keys, int pipe_fd,
				  struct enc_error *err)
{
	int r;

	if (!end_helper(keys)) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the former --master-key-command can't be "
				"killed");
	}
	r = enc_process_clone(geteuid() == 0 ? CLONE_NEWPID : 0,
			      /* cgroup= */ -1, /* blocked= */ NULL,
			      /* ret_pid= */ NULL, &keys->helper);
	if (r == 0) {
		help(keys->command, pipe_fd);
	}
	if (r > 0) {
		r = enc_poller_add(keys->poller, &keys->watch, keys->helper,
				   EPOLLIN, on_helper);
		if (r < 0) {
			enc_vault_keys_done(keys);
		}
	}
	return r < 0 ? enc_fail(err, ENC_UNAVAILABLE,
				"--master-key-command can't be started: %s",
				strerror(-r))
		     : ENC_OK;
}

enum enc_code enc_vault_keys_open(struct enc_vault_keys *keys, int *ret_fd,
				  struct enc_error *err)
{
	enum enc_code code;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0) {
		return enc_fail(err, ENC_UNAVAILABLE, "no pipe: %s",
				strerror(errno));
	}
	code = keys->command == NULL ? copy_file(keys, ends[1], err)
				     : start_helper(keys, ends[1], err);
	enc_fd_close(&ends[1]);
	if (code == ENC_OK) {
		*ret_fd = ends[0];
	} else {
		enc_fd_close(&ends[0]);
	}
	return code;
}

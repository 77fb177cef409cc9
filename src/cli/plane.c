#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "clock.h"
#include "plane.h"

enum {
	READY_MS = 30000,
	STOP_MS = 15000, /* enclaved ends its sessions before it exits */
	LOG_BYTES_MAX = 16384,
	READY_FD = 3,
	ARGUMENTS_MAX = 24, /* of enclaved, with a NULL */
};

struct enc_plane {
	char *directory; /* mode 0700; has the state, socket and log */
	char *url;
	int keep_fd; /* write end; the keeper stops when it closes */
	pid_t keeper;
};

/* Input of the keeper process, set before the fork. */
struct keeper {
	char *const *argv; /* command line of enclaved */
	const char *directory;
	const char *log_path;
	int keep_fd;  /* read end; at its end the command is gone */
	int ready_fd; /* write end; becomes READY_FD of enclaved */
};

/* path_of() - make "<directory>/<name>"; heap string, never NULL */
static char *path_of(const char *directory, const char *name)
{
	return enc_xprintf("%s/%s", directory, name);
}

/*
 * own_program() - get the path of the running program
 *
 * Without /proc it is the path that was passed to execve(), from the auxiliary
 * vector.
 */
static bool own_program(char ret_path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", ret_path, PATH_MAX - 1);
	const char *given = (const char *)(uintptr_t)getauxval(AT_EXECFN);

	if (length > 0) {
		ret_path[length] = '\0';
		return true;
	}
	return given != NULL && realpath(given, ret_path) != NULL;
}

char *enc_plane_sibling(const char *name)
{
	char own[PATH_MAX];
	char *path;

	if (own_program(own)) {
		*strrchr(own, '/') = '\0';
		path = path_of(own, name);
		if (access(path, X_OK) == 0) {
			return path;
		}
		free(path);
	}
	path = path_of("/usr/lib/enclave", name);
	if (access(path, X_OK) == 0) {
		return path;
	}
	free(path);
	return NULL;
}

/* remove_one() - remove one file or empty directory; called by nftw() */
static int remove_one(const char *path, const struct stat *status, int kind,
		      struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	ENC_IGNORE(remove(path)); /* try the other files, too */
	return 0;
}

/*
 * remove_directory() - remove a directory and its contents
 *
 * Doesn't follow symbolic links, and stays on one file system.
 */
static void remove_directory(const char *directory)
{
	ENC_IGNORE(nftw(directory, remove_one, 16,
			FTW_DEPTH | FTW_PHYS | FTW_MOUNT));
}

/*
 * make_directory() - make a private directory
 *
 * In XDG_RUNTIME_DIR if that is a short absolute path to a writable directory
 * of this user, else in /tmp. Return: heap string; NULL on failure.
 */
static char *make_directory(struct enc_error *err)
{
	const char *base = getenv("XDG_RUNTIME_DIR");
	struct stat status;
	char *directory;

	if (base == NULL || base[0] != '/' || strlen(base) > 60 ||
	    stat(base, &status) != 0 || status.st_uid != geteuid() ||
	    access(base, W_OK) != 0) {
		base = "/tmp";
	}
	directory = path_of(base, "enclave-XXXXXX");
	if (mkdtemp(directory) == NULL) {
		ENC_IGNORE(enc_fail(err, ENC_UNAVAILABLE,
				    "a directory in %s can't be made: %s", base,
				    strerror(errno)));
		free(directory);
		return NULL;
	}
	return directory;
}

/* become_enclaved() - exec enclaved; runs in the keeper's child */
static _Noreturn void become_enclaved(const struct keeper *keeper)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int log = open(keeper->log_path,
		       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	sigset_t none;

	(void)sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) != 0 || null < 0 || log < 0 ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0) {
		_exit(enc_code_info(ENC_INTERNAL)->cli_exit);
	}
	if (keeper->ready_fd == READY_FD
		    ? fcntl(READY_FD, F_SETFD, 0) < 0
		    : dup2(keeper->ready_fd, READY_FD) < 0) {
		_exit(enc_code_info(ENC_INTERNAL)->cli_exit);
	}
	if (syscall(SYS_close_range, READY_FD + 1, UINT_MAX, 0) < 0) {
		_exit(enc_code_info(ENC_INTERNAL)->cli_exit);
	}
	(void)execv(keeper->argv[0], keeper->argv);
	_exit(enc_code_info(ENC_UNAVAILABLE)->cli_exit);
}

/*
 * wait_until_gone() - wait until the child ends; false after the timeout
 *
 * A signal restarts the timeout.
 */
static bool wait_until_gone(int pidfd, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };
	int r;

	do {
		r = poll(&poll_fd, 1, timeout_ms);
	} while (r < 0 && errno == EINTR);
	return r > 0;
}

/* keep() - main function of the keeper process */
static _Noreturn void keep(const struct keeper *keeper)
{
	char byte;
	pid_t child;
	int pidfd;

	(void)setsid();
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	child = fork();
	if (child == 0) {
		(void)signal(SIGINT, SIG_DFL);
		(void)signal(SIGTERM, SIG_DFL);
		(void)signal(SIGHUP, SIG_DFL);
		(void)signal(SIGPIPE, SIG_DFL);
		(void)signal(SIGXFSZ, SIG_DFL);
		become_enclaved(keeper);
	}
	/* The command's output must not stay open here after the command. */
	(void)close(keeper->ready_fd);
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	(void)close(STDERR_FILENO);
	while (read(keeper->keep_fd, &byte, 1) < 0 && errno == EINTR) {
	}
	if (child > 0) {
		pidfd = (int)syscall(SYS_pidfd_open, child, 0);
		(void)kill(child, SIGHUP); /* don't wait for clients */
		if (pidfd >= 0 && !wait_until_gone(pidfd, STOP_MS)) {
			(void)kill(child, SIGKILL);
		}
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
		}
	}
	remove_directory(keeper->directory);
	_exit(0);
}

/*
 * wait_ready() - wait until enclaved has written "ready\n" to the pipe; false
 * if the pipe closes before that or READY_MS have passed
 */
static bool wait_ready(int fd)
{
	int64_t deadline_ms = enc_clock_mono_ms() + READY_MS;
	char text[8];
	size_t length = 0;

	while (length < strlen("ready\n")) {
		int64_t left_ms = deadline_ms - enc_clock_mono_ms();
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (left_ms <= 0) {
			return false;
		}
		if (poll(&poll_fd, 1, (int)left_ms) <= 0) {
			continue;
		}
		got = read(fd, text + length, sizeof(text) - length);
		if (got == 0 || (got < 0 && errno != EINTR)) {
			return false;
		}
		length += got < 0 ? 0 : (size_t)got;
	}
	return memcmp(text, "ready\n", strlen("ready\n")) == 0;
}

/*
 * message_of() - get the message of a log line as a heap string
 * @ret_by_api: whether enclave-api wrote it
 *
 * A line that isn't JSON is returned whole. Return: NULL for a JSON line of
 * another level than "error".
 */
static char *message_of(const char *line, size_t length, bool *ret_by_api)
{
	json_t *row = json_loadb(line, length, 0, NULL);
	const char *level = json_string_value(json_object_get(row, "level"));
	const char *text = json_string_value(json_object_get(row, "message"));
	const char *program =
		json_string_value(json_object_get(row, "program"));
	char *message = NULL;

	*ret_by_api = program != NULL && strcmp(program, "enclave-api") == 0;

	if (row == NULL && length > 0) {
		message = strndup(line, length);
	} else if (level != NULL && text != NULL &&
		   strcmp(level, "error") == 0) {
		message = enc_xstrdup(text);
	}
	json_decref(row);
	return message;
}

/*
 * last_message() - get the last error in the first LOG_BYTES_MAX bytes of
 * enclaved's log; heap string, NULL if there is none
 *
 * An error of enclave-api is preferred: after it enclaved says only that
 * enclave-api has ended.
 */
static char *last_message(const char *log_path)
{
	char log[LOG_BYTES_MAX];
	int fd = open(log_path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, log, sizeof(log));
	char *found = NULL;
	bool found_by_api = false;

	if (fd >= 0) {
		(void)close(fd);
	}
	for (ssize_t at = 0; at < length;) {
		const char *end = memchr(log + at, '\n', (size_t)(length - at));
		size_t span = end == NULL ? (size_t)(length - at)
					  : (size_t)(end - (log + at));
		bool by_api;
		char *message = message_of(log + at, span, &by_api);

		if (message != NULL && (by_api || !found_by_api)) {
			free(found);
			found = ENC_TAKE(message);
			found_by_api = by_api;
		}
		free(message);
		at += (ssize_t)span + 1;
	}
	return found;
}

/* not_started() - fail because enclaved didn't start; the error says why */
static enum enc_code not_started(const char *log_path, struct enc_error *err)
{
	static const char prefix[] = "enclaved: ";
	enc_autofree char *message = last_message(log_path);
	const char *why = message == NULL ? "enclaved said nothing" : message;

	if (strncmp(why, prefix, strlen(prefix)) == 0) {
		why += strlen(prefix);
	}
	return enc_fail(err, ENC_NOT_AVAILABLE,
			"the private server did not start: %s", why);
}

/*
 * hold_signals() - block the signals that end a command
 *
 * Otherwise one between the making of the directory and the start of its keeper
 * leaves the directory behind, and one to enclaved is lost before its exec.
 */
static void hold_signals(sigset_t *ret_before)
{
	sigset_t held;

	(void)sigemptyset(&held);
	(void)sigaddset(&held, SIGINT);
	(void)sigaddset(&held, SIGTERM);
	(void)sigaddset(&held, SIGHUP);
	ENC_MUST(sigprocmask(SIG_BLOCK, &held, ret_before));
}

static void release_signals(const sigset_t *before)
{
	ENC_MUST(sigprocmask(SIG_SETMASK, before, NULL));
}

/*
 * launch() - start the keeper, wait until enclaved listens
 * @before: the signals blocked before hold_signals(); restored after the fork
 */
static enum enc_code launch(struct enc_plane *plane, char *const *argv,
			    const char *log_path, const sigset_t *before,
			    struct enc_error *err)
{
	int keep_pipe[2];
	int ready_pipe[2];
	bool ready;

	if (pipe2(keep_pipe, O_CLOEXEC) < 0) {
		return enc_fail(err, ENC_UNAVAILABLE, "no pipe: %s",
				strerror(errno));
	}
	plane->keep_fd = keep_pipe[1];
	if (pipe2(ready_pipe, O_CLOEXEC) < 0) {
		(void)close(keep_pipe[0]);
		return enc_fail(err, ENC_UNAVAILABLE, "no pipe: %s",
				strerror(errno));
	}
	plane->keeper = fork();
	if (plane->keeper == 0) {
		const struct keeper keeper = {
			.argv = argv,
			.directory = plane->directory,
			.log_path = log_path,
			.keep_fd = keep_pipe[0],
			.ready_fd = ready_pipe[1],
		};

		(void)close(keep_pipe[1]);
		(void)close(ready_pipe[0]);
		keep(&keeper);
	}
	release_signals(before);
	(void)close(keep_pipe[0]);
	(void)close(ready_pipe[1]);
	ready = plane->keeper > 0 && wait_ready(ready_pipe[0]);
	(void)close(ready_pipe[0]);
	return ready ? ENC_OK : not_started(log_path, err);
}

enum enc_code enc_plane_start(const struct enc_plane_options *options,
			      struct enc_plane **ret_plane,
			      struct enc_error *err)
{
	enc_autofree char *program = enc_plane_sibling("enclaved");
	enc_autofree char *state = NULL;
	enc_autofree char *socket = NULL;
	enc_autofree char *log_path = NULL;
	char *argv[ARGUMENTS_MAX] = { program };
	size_t argc = 1;
	struct enc_plane *plane;
	sigset_t before;
	enum enc_code code;

	if (program == NULL) {
		return enc_fail(err, ENC_NOT_AVAILABLE,
				"enclaved is neither beside this program nor "
				"in /usr/lib/enclave: install it, or set "
				"ENCLAVE_BASE_URL to a server");
	}
	plane = enc_xalloc(sizeof(*plane));
	plane->keep_fd = -1;
	hold_signals(&before);
	plane->directory = make_directory(err);
	if (plane->directory == NULL) {
		release_signals(&before);
		free(plane);
		return ENC_UNAVAILABLE;
	}
	state = path_of(plane->directory, "state");
	socket = path_of(plane->directory, "socket");
	log_path = path_of(plane->directory, "log");
	plane->url = enc_xprintf("unix:%s", socket);
	const char *const pairs[][2] = {
		{ "--state-dir", state },
		{ "--socket", socket },
		{ "--listen", "none" },
		{ "--ready-fd", "3" },
		{ "--pool", "0" }, /* a pool doesn't help a single session */
		{ "--environments", options->environments },
		{ "--backend", options->backend },
		{ "--internal", options->internal },
		{ "--ca-file", options->ca_file },
	};
	for (size_t i = 0; i < ENC_COUNT(pairs); i++) {
		if (pairs[i][1] != NULL) {
			memcpy(&argv[argc], pairs[i], sizeof(pairs[i]));
			argc += 2;
		}
	}
	code = launch(plane, argv, log_path, &before, err);
	if (code != ENC_OK) {
		ENC_IGNORE(enc_plane_stop(plane) != NULL); /* always NULL */
		release_signals(&before);
		return code;
	}
	*ret_plane = plane;
	return ENC_OK;
}

const char *enc_plane_url(const struct enc_plane *plane)
{
	return plane->url;
}

struct enc_plane *enc_plane_stop(struct enc_plane *plane)
{
	if (plane == NULL) {
		return NULL;
	}
	if (plane->keep_fd >= 0) {
		(void)close(plane->keep_fd);
	}
	if (plane->keeper > 0) {
		while (waitpid(plane->keeper, NULL, 0) < 0 && errno == EINTR) {
		}
	} else {
		remove_directory(plane->directory);
	}
	free(plane->directory);
	free(plane->url);
	free(plane);
	return NULL;
}

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "process.h"
#include "runsc.h"

enum {
	PATH_BYTES = 4096,
	VERSION_BYTES = 512,
	VERSION_MS = 10000,
	RELEASE_DIGITS = 8,
};

static const char installed[] = "/var/lib/enclave/bin/runsc";
static const char remedy[] = "run tools/bootstrap gvisor, or install a newer "
			     "runsc on PATH, owned by root";

unsigned int enc_runsc_release(const char *text,
			       char ret_release[ENC_LAUNCH_NAME_BYTES])
{
	static const char before[] = "runsc version ";
	static const char prefix[] = "release-";
	size_t length = 0;

	ret_release[0] = '\0';
	if (strncmp(text, before, strlen(before)) != 0) {
		return 0;
	}
	text += strlen(before);
	while (length < ENC_LAUNCH_NAME_BYTES - 1 && text[length] > ' ' &&
	       text[length] < 0x7f && text[length] != '"') {
		length++;
	}
	memcpy(ret_release, text, length);
	ret_release[length] = '\0';
	if (strncmp(ret_release, prefix, strlen(prefix)) != 0 ||
	    strspn(ret_release + strlen(prefix), "0123456789") !=
		    RELEASE_DIGITS) {
		return 0;
	}
	return (unsigned int)strtoul(ret_release + strlen(prefix), NULL, 10);
}

void enc_runsc_complaint(const char *log, char *ret_text, size_t room)
{
	static const char key[] = "\"msg\":\"";
	const char *at = NULL;
	size_t length = 0;

	for (const char *next = strstr(log, key); next != NULL;
	     next = strstr(at, key)) {
		at = next + sizeof(key) - 1;
	}
	for (; at != NULL && *at != '\0' && *at != '"' && length + 1 < room;
	     at++) {
		/*
		 * An escaped quote or backslash loses its backslash; \n and the
		 * like become n.
		 */
		at += *at == '\\' && at[1] != '\0' ? 1 : 0;
		ret_text[length] = '?';
		if (*at >= ' ' && *at <= '~') {
			ret_text[length] = *at;
		}
		length++;
	}
	ret_text[length] = '\0';
}

static _Noreturn void print_version(int program, int out)
{
	static const char *const argv[] = { "runsc", "--version", NULL };
	char *const envp[] = { NULL };

	if (dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0) {
		(void)syscall(SYS_execveat, program, "", argv, envp,
			      AT_EMPTY_PATH);
	}
	_exit(127);
}

/* read_until() - read a text until its end or the deadline */
static void read_until(int fd, int64_t deadline_ms, char *ret_text, size_t room)
{
	size_t length = 0;
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	while (length < room - 1) {
		int64_t left_ms = deadline_ms - enc_clock_mono_ms();
		ssize_t got = 0;

		if (left_ms > 0 && poll(&wait, 1, (int)left_ms) > 0) {
			got = read(fd, ret_text + length, room - 1 - length);
		}
		if (got <= 0) {
			break;
		}
		length += (size_t)got;
	}
	ret_text[length] = '\0';
}

/*
 * ask_version() - run `runsc --version` and read its output. Return: 0 or a
 * negative errno
 */
static int ask_version(int program, char *ret_text, size_t room)
{
	enc_autoclose int pidfd = -1;
	enc_autoclose int in = -1;
	enc_autoclose int out = -1;
	siginfo_t info = { 0 };
	int ends[2];
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		return -errno;
	}
	in = ends[0];
	out = ends[1];
	r = enc_process_clone(/* flags= */ 0, /* cgroup= */ -1,
			      /* blocked= */ NULL, NULL, &pidfd);
	if (r == 0) {
		print_version(program, out);
	}
	if (r < 0) {
		return r;
	}
	enc_fd_close(&out);
	read_until(in, enc_clock_mono_ms() + VERSION_MS, ret_text, room);
	/* All output has been read, or runsc hangs. So runsc is killed. */
	/* The process may be dead already. */
	ENC_IGNORE(pidfd_send_signal(pidfd, SIGKILL, NULL, 0));
	return waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0
		       ? -errno
		       : 0;
}

/* try_one() - open a runsc, check its owner and its version */
static enum enc_code try_one(const char *path, struct enc_runsc *ret_runsc,
			     struct enc_error *err)
{
	enc_autoclose int program = open(path, O_RDONLY | O_CLOEXEC);
	char text[VERSION_BYTES] = "";
	struct stat facts;
	unsigned int release;
	int r;

	if (program < 0 || fstat(program, &facts) < 0) {
		return enc_fail(err, ENC_UNAVAILABLE, "%.150s: %s; %s", path,
				strerror(errno), remedy);
	}
	if (!S_ISREG(facts.st_mode) || facts.st_uid != 0 ||
	    (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"%.150s can be written by others than root; %s",
				path, remedy);
	}
	r = ask_version(program, text, sizeof(text));
	if (r < 0) {
		return enc_fail(err, ENC_UNAVAILABLE, "%.150s: %s; %s", path,
				strerror(-r), remedy);
	}
	release = enc_runsc_release(text, ret_runsc->release);
	if (ret_runsc->release[0] == '\0') {
		return enc_fail(err, ENC_UNAVAILABLE,
				"%.100s doesn't say its version, but: %.*s; %s",
				path, (int)strcspn(text, "\n"),
				text[0] == '\0' ? "nothing" : text, remedy);
	}
	if (release < ENC_RUNSC_OLDEST) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"%.150s is of release %.40s, older than %u; %s",
				path,
				release == 0 ? "unknown" : ret_runsc->release,
				ENC_RUNSC_OLDEST, remedy);
	}
	ret_runsc->program = ENC_TAKE_FD(program);
	return ENC_OK;
}

/*
 * try_path() - try the runsc of each directory of PATH; ENC_NOT_FOUND if there
 * is none
 */
static enum enc_code try_path(struct enc_runsc *ret_runsc,
			      struct enc_error *err)
{
	const char *at = getenv("PATH");
	enum enc_code code = ENC_NOT_FOUND;

	while (at != NULL && *at != '\0' && code != ENC_OK) {
		size_t length = strcspn(at, ":");
		char path[PATH_BYTES];

		if (at[0] == '/' &&
		    snprintf(path, sizeof(path), "%.*s/runsc", (int)length,
			     at) < (int)sizeof(path) &&
		    access(path, F_OK) == 0) {
			code = try_one(path, ret_runsc, err);
		}
		at += length + (at[length] == ':' ? 1 : 0);
	}
	return code;
}

enum enc_code enc_runsc_find(const char *path, const char *beside,
			     struct enc_runsc *ret_runsc, struct enc_error *err)
{
	const char *const places[] = { beside, installed };
	struct enc_error last = { 0 };
	enum enc_code code;

	ret_runsc->program = -1;
	if (path != NULL) {
		return try_one(path, ret_runsc, err);
	}
	for (size_t i = 0; i < ENC_COUNT(places); i++) {
		if (access(places[i], F_OK) == 0 &&
		    try_one(places[i], ret_runsc, &last) == ENC_OK) {
			return ENC_OK;
		}
	}
	code = try_path(ret_runsc, &last);
	if (code == ENC_OK) {
		return ENC_OK;
	}
	return last.code != ENC_OK
		       ? enc_fail(err, ENC_UNAVAILABLE, "%s", last.message)
		       : enc_fail(err, ENC_NOT_FOUND,
				  "there is no runsc; run tools/bootstrap "
				  "gvisor, or put one on PATH");
}

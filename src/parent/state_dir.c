#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "failpoint.h"
#include "fd.h"
#include "hex.h"
#include "private_dir.h"
#include "random.h"
#include "state_dir.h"

enum {
	JANITOR_MS = 10000, /* time for the janitor of a killed server */
	LOCK_AGAIN_US = 10000,
};

static enum enc_code refuse(const char *path, const char *what, int error,
			    struct enc_error *err)
{
	return enc_fail(err, ENC_UNAVAILABLE,
			"%s: %s: %s; name a directory that can be written "
			"with --state-dir",
			path, what, strerror(error));
}

/* is_dead() - whether no process has the pid in @holder */
static bool is_dead(const char *holder)
{
	long pid = strtol(holder, NULL, 10);

	return pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

/*
 * take_lock() - lock the directory. Return: 0 or a negative errno
 *
 * After a server was killed, its janitor has the lock until it has removed the
 * groups. So this function waits if the holder's process is dead.
 */
static int take_lock(const struct enc_state_dir *state, char *ret_holder,
		     size_t room)
{
	int64_t deadline_ms = enc_clock_mono_ms() + JANITOR_MS;

	while (flock(state->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK) {
			return -errno;
		}
		/* The lock is held, even if the holder's pid can't be read. */
		ENC_IGNORE(enc_fd_read_file(state->fd, "lock", ret_holder,
					    room));
		if (!is_dead(ret_holder) || enc_clock_mono_ms() > deadline_ms) {
			return -EWOULDBLOCK;
		}
		/* Poll, since flock() has no timeout. */
		(void)usleep(LOCK_AGAIN_US);
	}
	return 0;
}

/*
 * hold_lock() - lock the directory and write the own pid; fails with the pid of
 * the holder
 */
static enum enc_code hold_lock(const char *path, struct enc_state_dir *state,
			       struct enc_error *err)
{
	char holder[32] = "";
	int length;

	state->lock = openat(state->fd, "lock",
			     O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (state->lock < 0) {
		return refuse(path, "lock", errno, err);
	}
	if (take_lock(state, holder, sizeof(holder)) < 0) {
		enc_fd_close(&state->lock);
		return enc_fail(err, ENC_CONFLICT,
				"another server (pid %s) works on %s: end it, "
				"or name another directory with --state-dir",
				holder, path);
	}
	length = snprintf(holder, sizeof(holder), "%d\n", (int)getpid());
	if (ftruncate(state->lock, 0) < 0 ||
	    write(state->lock, holder, (size_t)length) != length) {
		return refuse(path, "lock", errno, err);
	}
	return ENC_OK;
}

/*
 * make_instance() - write the instance's name; by rename, so that a kill leaves
 * no partial file
 */
static int make_instance(const struct enc_state_dir *state)
{
	enc_autoclose int fd =
		openat(state->fd, "instance.new",
		       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		       0600);
	int r;

	if (fd < 0) {
		return -errno;
	}
	r = enc_fd_write_all(fd, state->instance, ENC_INSTANCE_BYTES - 1);
	if (r == 0 && fsync(fd) < 0) {
		r = -errno;
	}
	enc_failpoint(ENC_FAILPOINT_INSTANCE_BEFORE);
	if (r == 0 &&
	    (renameat(state->fd, "instance.new", state->fd, "instance") < 0 ||
	     fsync(state->fd) < 0)) {
		r = -errno;
	}
	enc_failpoint(ENC_FAILPOINT_INSTANCE_AFTER);
	return r;
}

/*
 * read_instance() - read the name of this server's cgroups; make one if there
 * is none yet
 */
static enum enc_code read_instance(const char *path,
				   struct enc_state_dir *state,
				   struct enc_error *err)
{
	uint8_t bytes[(ENC_INSTANCE_BYTES - 1) / 2];
	int r = enc_fd_read_file(state->fd, "instance", state->instance,
				 sizeof(state->instance));

	if (r == ENC_INSTANCE_BYTES - 1 &&
	    enc_hex_decode(state->instance, (size_t)r, bytes) == 0) {
		return ENC_OK;
	}
	if (r != -ENOENT) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"%s/instance is damaged: remove it while no "
				"server runs",
				path);
	}
	enc_random_bytes(bytes, sizeof(bytes));
	enc_hex_encode(bytes, sizeof(bytes), state->instance);
	r = make_instance(state);
	return r < 0 ? refuse(path, "instance", -r, err) : ENC_OK;
}

/*
 * own_file() - make @uid the owner of a plain file with a single name; anything
 * else is skipped
 */
static int own_file(int dir_fd, const char *name, uid_t uid)
{
	enc_autoclose int fd =
		openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0) {
		return -errno;
	}
	if (!S_ISREG(status.st_mode) || status.st_nlink != 1 ||
	    (status.st_uid == uid && status.st_gid == uid)) {
		return 0;
	}
	return fchownat(fd, "", uid, uid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

/*
 * own_files() - make a new process the owner of the files that an earlier one of
 * its kind left
 *
 * The earlier one had another uid and may have been hostile. So a link,
 * or a file that has another name elsewhere, keeps its owner.
 */
static int own_files(int dir_fd, uid_t uid)
{
	int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	int r = 0;

	if (dir == NULL) {
		r = -errno;
		enc_fd_close(&copy);
		return r;
	}
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		r = own_file(dir_fd, entry->d_name, uid);
	}
	(void)closedir(dir); /* only read: errors do not matter */
	return r;
}

/* open_own() - make and open a directory; give it and its files to @uid */
static enum enc_code open_own(const char *path, int state, const char *name,
			      uid_t uid, int *ret_fd, struct enc_error *err)
{
	enc_autoclose int fd = -1;
	int r = 0;

	if (mkdirat(state, name, 0700) < 0 && errno != EEXIST) {
		return refuse(path, name, errno, err);
	}
	fd = openat(state, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		return refuse(path, name, errno, err);
	}
	if (geteuid() == 0) {
		/* One that was restored may have any mode. */
		r = fchown(fd, uid, uid) < 0 || fchmod(fd, 0700) < 0
			    ? -errno
			    : own_files(fd, uid);
	}
	if (r < 0) {
		return refuse(path, name, -r, err);
	}
	*ret_fd = ENC_TAKE_FD(fd);
	return ENC_OK;
}

enum enc_code enc_state_dir_own(const char *path,
				const struct enc_state_dir *state,
				const char *name, uid_t uid,
				struct enc_error *err)
{
	enc_autoclose int fd = -1;

	return open_own(path, state->fd, name, uid, &fd, err);
}

enum enc_code enc_state_dir_open(const char *path, uid_t api_uid,
				 struct enc_state_dir *ret_state,
				 struct enc_error *err)
{
	struct enc_state_dir state = { .fd = -1, .lock = -1, .api_fd = -1 };
	enum enc_code code;

	state.made = mkdir(path, 0700) == 0;
	if (!state.made && errno != EEXIST) {
		return refuse(path, "mkdir", errno, err);
	}
	/* A new directory is no link, unless somebody has replaced it. */
	state.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC |
				      (state.made ? O_NOFOLLOW : 0));
	if (state.fd < 0) {
		code = refuse(path, "open", errno, err);
		enc_state_dir_discard(path, &state);
		return code;
	}
	code = enc_private_dir_check(state.fd, path, "--state-dir",
				     /* sticky= */ false, err);
	if (code == ENC_OK) {
		code = hold_lock(path, &state, err);
	}
	if (code == ENC_OK) {
		code = read_instance(path, &state, err);
	}
	if (code == ENC_OK) {
		code = open_own(path, state.fd, "api", api_uid, &state.api_fd,
				err);
	}
	if (code != ENC_OK) {
		enc_state_dir_discard(path, &state);
		return code;
	}
	*ret_state = state;
	return ENC_OK;
}

void enc_state_dir_close(struct enc_state_dir *state)
{
	enc_fd_close(&state->api_fd);
	enc_fd_close(&state->lock);
	enc_fd_close(&state->fd);
}

void enc_state_dir_discard(const char *path, struct enc_state_dir *state)
{
	/* Without a store there are no sealed records. */
	static const char *const files[] = { "vault/memory", "vault-key",
					     "vault-known",  "instance",
					     "instance.new", "lock" };

	/*
	 * Without the lock, the files are of another server that uses the
	 * directory. With data it stays, and so do the other files.
	 */
	if (state->made && state->lock >= 0 &&
	    (state->api_fd < 0 ||
	     unlinkat(state->fd, "api", AT_REMOVEDIR) == 0)) {
		for (size_t i = 0; i < ENC_COUNT(files); i++) {
			/* It may not have been made yet. */
			ENC_IGNORE(unlinkat(state->fd, files[i], 0));
		}
		ENC_IGNORE(unlinkat(state->fd, "vault", AT_REMOVEDIR));
	}
	if (state->made) {
		ENC_IGNORE(rmdir(path)); /* fails if a file is there */
	}
	enc_state_dir_close(state);
}

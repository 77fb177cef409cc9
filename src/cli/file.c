#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "signals.h"
#include "writer.h"

enum { LINKS_MAX = 40 }; /* symbolic links in a row, as in Linux */

/*
 * read_all() - append all bytes up to the end of a file to @ret_bytes
 *
 * Return: 0; -E2BIG if @ret_bytes is full; another -errno
 */
static int read_all(int fd, struct enc_buf *ret_bytes)
{
	for (;;) {
		char chunk[65536];
		ssize_t got;
		int r = enc_signals_wait(fd, POLLIN);

		if (r < 0) {
			return r;
		}
		got = read(fd, chunk, sizeof(chunk));
		if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
			continue;
		}
		if (got < 0) {
			return -errno;
		}
		if (got == 0) {
			return 0;
		}
		r = enc_buf_append(ret_bytes, chunk, (size_t)got);
		if (ret_bytes->secret) {
			explicit_bzero(chunk, (size_t)got);
		}
		if (r < 0) {
			return r;
		}
	}
}

enum enc_code enc_file_read(const char *path, struct enc_buf *ret_bytes,
			    struct enc_error *err)
{
	bool standard = strcmp(path, "-") == 0;
	/* Without a writer, a FIFO would block here, and miss a signal. */
	int fd = standard ? STDIN_FILENO
			  : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	const char *name = standard	     ? "standard input"
			   : path[0] == '\0' ? "a file without a name"
					     : path;
	int r;

	if (fd < 0) {
		return enc_fail(err,
				errno == ENOENT ? ENC_NOT_FOUND
						: ENC_BAD_REQUEST,
				"%.150s: %s", name, strerror(errno));
	}
	r = read_all(fd, ret_bytes);
	if (!standard) {
		(void)close(fd);
	}
	if (r == -E2BIG) {
		return enc_fail(err, ENC_LIMIT,
				"%.150s is larger than %zu bytes", name,
				ret_bytes->max_bytes);
	}
	if (r == -EINTR) {
		return enc_fail(err, ENC_CANCELLED, "interrupted");
	}
	if (r < 0) {
		return enc_fail(err, ENC_BAD_REQUEST, "%.150s: %s", name,
				strerror(-r));
	}
	return ENC_OK;
}

/* write_file() - write to @fd and close it; return 0 or -errno */
static int write_file(int fd, bool sync, const void *bytes, size_t length)
{
	struct enc_writer writer = { .fd = fd };
	int r = enc_writer_write(&writer, bytes, length);

	if (r == 0 && sync && fsync(fd) < 0) {
		r = -errno;
	}
	if (close(fd) < 0 && r == 0) {
		r = -errno;
	}
	return r;
}

/* replace_file() - write a temporary file and rename it to @path */
static int replace_file(const char *path, const void *bytes, size_t length)
{
	enc_autofree char *beside = enc_xprintf("%s.XXXXXX", path);
	int fd = mkostemp(beside, O_CLOEXEC);
	int r;

	if (fd < 0) {
		return -errno;
	}
	r = write_file(fd, /* sync= */ true, bytes, length);
	if (r == 0 && rename(beside, path) < 0) {
		r = -errno;
	}
	if (r < 0) {
		(void)unlink(beside);
	}
	return r;
}

/* write_into() - write to a device or a pipe without replacing it */
static int write_into(const char *path, const void *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno
		      : write_file(fd, /* sync= */ false, bytes, length);
}

/* write_descriptor() - write to an open file, after what is buffered for it */
static int write_descriptor(int descriptor, const void *bytes, size_t length)
{
	int fd;

	ENC_IGNORE(fflush(NULL)); /* another stream may be broken */
	fd = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno
		      : write_file(fd, /* sync= */ false, bytes, length);
}

/* A file to write. */
struct place {
	int descriptor;	     /* open file of this process; -1: see `path` */
	char path[PATH_MAX]; /* without symbolic links */
};

/* descriptor_of() - parse a name in /proc/self/fd; -1 if it isn't one */
static int descriptor_of(const char *name)
{
	char *end;
	long number = strtol(name, &end, 10);

	return name[0] < '0' || name[0] > '9' || *end != '\0' ||
			       (name[0] == '0' && name[1] != '\0') ||
			       number > INT_MAX
		       ? -1
		       : (int)number;
}

/* split() - get the real directory of a path, and the name in it */
static int split(const char *path, char ret_directory[PATH_MAX],
		 const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	enc_autofree char *directory =
		slash == NULL ? enc_xstrdup(".")
			      : enc_xprintf("%.*s/", (int)(slash - path), path);

	*ret_name = slash == NULL ? path : slash + 1;
	return realpath(directory, ret_directory) == NULL ? -errno : 0;
}

/* is_own() - whether a directory shows the open files of this process */
static bool is_own(const char *directory)
{
	static const char *const names[] = { "/proc/self/fd",
					     "/proc/thread-self/fd" };
	char own[PATH_MAX];

	for (size_t i = 0; i < ENC_COUNT(names); i++) {
		if (realpath(names[i], own) != NULL &&
		    strcmp(directory, own) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_in_proc(const char *path)
{
	return strncmp(path, "/proc/", strlen("/proc/")) == 0;
}

/*
 * may_follow() - whether a symbolic link may be followed: in a directory such
 * as /tmp only one that belongs to this user or to the directory's owner
 *
 * The kernel has the same rule in fs.protected_symlinks, but only for paths
 * that it follows itself.
 */
static bool may_follow(const char *directory, const struct stat *link)
{
	const mode_t shared = S_ISVTX | S_IWOTH;
	struct stat around;

	return stat(directory, &around) == 0 &&
	       ((around.st_mode & shared) != shared ||
		link->st_uid == geteuid() || link->st_uid == around.st_uid);
}

/*
 * read_link() - read a symbolic link in @directory
 *
 * Return: the length; 0 if @path is no link or nothing; or a negative errno
 */
static ssize_t read_link(const char *directory, const char *path,
			 char ret_target[PATH_MAX])
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat link;
	ssize_t length = 0;

	if (fd < 0) {
		return errno == ENOENT ? 0 : -errno;
	}
	if (fstat(fd, &link) < 0) {
		length = -errno;
	} else if (S_ISLNK(link.st_mode) && !may_follow(directory, &link)) {
		length = -EACCES;
	} else if (S_ISLNK(link.st_mode)) {
		length = readlinkat(fd, "", ret_target, PATH_MAX - 1);
		length = length < 0 ? -errno : length;
	}
	(void)close(fd);
	return length;
}

/*
 * find_place() - follow the symbolic links of @path; the file need not exist
 *
 * /dev/stdout, /dev/fd/3 and links to them name open files of this process,
 * which realpath() would turn into the names of those files. Opened by name, a
 * regular file would be written from its beginning.
 */
static int find_place(const char *path, struct place *ret_place)
{
	char at[PATH_MAX];
	size_t length = strlen(path);

	ret_place->descriptor = strcmp(path, "-") == 0 ? STDOUT_FILENO : -1;
	if (ret_place->descriptor >= 0) {
		return 0;
	}
	if (length == 0) {
		return -ENOENT;
	}
	if (length >= sizeof(at)) {
		return -ENAMETOOLONG;
	}
	memcpy(at, path, length + 1);
	for (int links = 0; links < LINKS_MAX; links++) {
		char directory[PATH_MAX];
		char target[PATH_MAX];
		const char *name;
		ssize_t got;
		int r = split(at, directory, &name);

		if (r < 0) {
			return r;
		}
		if (is_own(directory)) {
			ret_place->descriptor = descriptor_of(name);
			return ret_place->descriptor < 0 ? -ENOENT : 0;
		}
		if (snprintf(ret_place->path, PATH_MAX, "%s/%s", directory,
			     name) >= PATH_MAX) {
			return -ENAMETOOLONG;
		}
		if (is_in_proc(ret_place->path)) {
			return 0; /* perhaps an open file of another process */
		}
		got = read_link(directory, ret_place->path, target);
		if (got <= 0) {
			return (int)got;
		}
		target[got] = '\0';
		if (snprintf(at, sizeof(at), "%s%s%s",
			     target[0] == '/' ? "" : directory,
			     target[0] == '/' ? "" : "/", target) >= PATH_MAX) {
			return -ENAMETOOLONG;
		}
	}
	return -ELOOP;
}

/* is_kept() - whether a file is written to and never replaced */
static bool is_kept(const char *path)
{
	struct stat about;

	return is_in_proc(path) ||
	       (stat(path, &about) == 0 && !S_ISREG(about.st_mode) &&
		!S_ISDIR(about.st_mode));
}

/* not_written() - fail because a file can't be written */
static enum enc_code not_written(const char *path, int error,
				 struct enc_error *err)
{
	return enc_fail(err, error == EINTR ? ENC_CANCELLED : ENC_UNAVAILABLE,
			"%.150s can't be written: %s",
			path[0] == '\0' ? "a file without a name" : path,
			strerror(error));
}

/* check_place() - check that a file can be written; return 0 or -errno */
static int check_place(struct place *place)
{
	struct stat about;
	char *slash;

	if (place->descriptor >= 0) {
		int flags = fcntl(place->descriptor, F_GETFL);

		return flags < 0			 ? -errno
		       : (flags & O_ACCMODE) == O_RDONLY ? -EBADF
							 : 0;
	}
	if (stat(place->path, &about) == 0 &&
	    (S_ISDIR(about.st_mode) || S_ISSOCK(about.st_mode))) {
		return S_ISDIR(about.st_mode) ? -EISDIR : -ENXIO;
	}
	if (is_kept(place->path)) {
		return access(place->path, W_OK) < 0 ? -errno : 0;
	}
	slash = strrchr(place->path, '/');
	slash[slash == place->path] = '\0'; /* the directory of the file */
	return access(place->path, W_OK | X_OK) < 0 ? -errno : 0;
}

enum enc_code enc_file_check(const char *path, struct enc_error *err)
{
	struct place place;
	int r = find_place(path, &place);

	if (r == 0) {
		r = check_place(&place);
	}
	return r == 0 ? ENC_OK : not_written(path, -r, err);
}

enum enc_code enc_file_write(const char *path, const void *bytes, size_t length,
			     struct enc_error *err)
{
	struct place place;
	int r = find_place(path, &place);

	if (r < 0) {
		return not_written(path, -r, err);
	}
	if (place.descriptor >= 0) {
		r = write_descriptor(place.descriptor, bytes, length);
	} else if (is_kept(place.path)) {
		r = write_into(place.path, bytes, length);
	} else {
		r = replace_file(place.path, bytes, length);
	}
	return r == 0 ? ENC_OK : not_written(path, -r, err);
}

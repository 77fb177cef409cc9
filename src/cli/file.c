#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

/*
 * read_all() - append all bytes up to the end of a file to @ret_bytes
 *
 * Return: 0; -E2BIG if @ret_bytes is full; another -errno
 */
static int read_all(int fd, struct enc_buf *ret_bytes)
{
	for (;;) {
		char chunk[65536];
		ssize_t got = read(fd, chunk, sizeof(chunk));
		int r;

		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got < 0) {
			return -errno;
		}
		if (got == 0) {
			return 0;
		}
		r = enc_buf_append(ret_bytes, chunk, (size_t)got);
		if (r < 0) {
			return r;
		}
	}
}

enum enc_code enc_file_read(const char *path, struct enc_buf *ret_bytes,
			    struct enc_error *err)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0) {
		return enc_fail(err,
				errno == ENOENT ? ENC_NOT_FOUND
						: ENC_BAD_REQUEST,
				"%.150s: %s", path, strerror(errno));
	}
	r = read_all(fd, ret_bytes);
	if (!standard) {
		(void)close(fd);
	}
	if (r == -E2BIG) {
		return enc_fail(err, ENC_LIMIT,
				"%.150s is larger than %zu bytes", path,
				ret_bytes->max_bytes);
	}
	if (r < 0) {
		return enc_fail(err, ENC_BAD_REQUEST, "%.150s: %s", path,
				strerror(-r));
	}
	return ENC_OK;
}

/* write_file() - write to @fd and close it; return 0 or -errno */
static int write_file(int fd, bool sync, const void *bytes, size_t length)
{
	FILE *file = fdopen(fd, "w");
	int r = 0;

	if (file == NULL) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	if (fwrite(bytes, 1, length, file) != length || fflush(file) != 0 ||
	    (sync && fsync(fd) < 0)) {
		r = -errno;
	}
	if (fclose(file) != 0 && r == 0) {
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
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno
		      : write_file(fd, /* sync= */ false, bytes, length);
}

enum enc_code enc_file_write(const char *path, const void *bytes, size_t length,
			     struct enc_error *err)
{
	/* A symbolic link is kept: its target is replaced. */
	enc_autofree char *real = realpath(path, NULL);
	const char *target = real == NULL ? path : real;
	struct stat about;
	int r;

	if (stat(target, &about) == 0 && !S_ISREG(about.st_mode) &&
	    !S_ISDIR(about.st_mode)) {
		r = write_into(target, bytes, length);
	} else {
		r = replace_file(target, bytes, length);
	}
	if (r < 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"%.150s can't be written: %s", path,
				strerror(-r));
	}
	return ENC_OK;
}

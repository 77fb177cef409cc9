#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

/* read_all() - until its end; 0, -E2BIG, or what read() said */
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

/* write_synced() - all of it, to the disk; takes @fd; 0 or -errno */
static int write_synced(int fd, const void *bytes, size_t length)
{
	FILE *file = fdopen(fd, "w");
	int r = 0;

	if (file == NULL) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	if (fwrite(bytes, 1, length, file) != length || fflush(file) != 0 ||
	    fsync(fd) < 0) {
		r = -errno;
	}
	(void)fclose(file);
	return r;
}

enum enc_code enc_file_write(const char *path, const void *bytes, size_t length,
			     struct enc_error *err)
{
	enc_autofree char *beside = enc_xprintf("%s.XXXXXX", path);
	int fd;
	int r;

	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"%.150s can't be written: %s", path,
				strerror(errno));
	}
	r = write_synced(fd, bytes, length);
	if (r == 0 && rename(beside, path) < 0) {
		r = -errno;
	}
	if (r < 0) {
		(void)unlink(beside);
		return enc_fail(err, ENC_UNAVAILABLE,
				"%.150s can't be written: %s", path,
				strerror(-r));
	}
	return ENC_OK;
}

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"

void enc_fd_close(int *fd)
{
	if (*fd >= 0) {
		/*
		 * Linux closes the descriptor even when close() reports an
		 * error.
		 */
		(void)close(*fd);
		*fd = -1;
	}
}

int enc_fd_fill_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	return fd < 0 || close(fd) < 0 ? -errno : 0;
}

int enc_fd_check_own(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0) {
		return -errno;
	}
	if (status.st_uid != 0 && status.st_uid != geteuid()) {
		return -EPERM;
	}
	/* An access list's largest rights are shown as the group's. */
	return (status.st_mode & (S_IWGRP | S_IWOTH)) != 0 ? -EACCES : 0;
}

int enc_fd_write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t wrote = write(fd, at, length);

		if (wrote < 0 && errno != EINTR) {
			return -errno;
		}
		if (wrote > 0) {
			at += wrote;
			length -= (size_t)wrote;
		}
	}
	return 0;
}

ssize_t enc_fd_read_end(int fd, void *ret_bytes, size_t most,
			int64_t timeout_ms)
{
	int64_t deadline_ms = enc_clock_mono_ms() + timeout_ms;
	char *bytes = ret_bytes;
	size_t length = 0;

	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int64_t left_ms = deadline_ms - enc_clock_mono_ms();
		ssize_t n;

		if (left_ms <= 0) {
			return -ETIMEDOUT;
		}
		if (poll(&wait, 1, (int)left_ms) <= 0) {
			continue;
		}
		n = read(fd, bytes + length, most + 1 - length);
		if (n < 0 && errno != EINTR && errno != EAGAIN) {
			return -errno;
		}
		if (n == 0) {
			return (ssize_t)length;
		}
		length += n > 0 ? (size_t)n : 0;
		if (length > most) {
			return -E2BIG;
		}
	}
}

int enc_fd_read_file(int dir_fd, const char *name, char *ret_text, size_t room)
{
	enc_autoclose int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got;

	if (fd < 0) {
		return -errno;
	}
	do {
		got = read(fd, ret_text + length, room - length);
		if (got < 0 && errno != EINTR) {
			return -errno;
		}
		length += got > 0 ? (size_t)got : 0;
		if (length == room) {
			return -E2BIG;
		}
	} while (got != 0);
	while (length > 0 && ret_text[length - 1] == '\n') {
		length--;
	}
	ret_text[length] = '\0';
	return (int)length;
}

int enc_fd_write_file(int dir_fd, const char *name, const char *text)
{
	enc_autoclose int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC);
	size_t length = strlen(text);
	ssize_t wrote;

	if (fd < 0) {
		return -errno;
	}
	wrote = write(fd, text, length);
	if (wrote < 0) {
		return -errno;
	}
	return (size_t)wrote == length ? 0 : -EIO;
}

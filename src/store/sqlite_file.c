#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "sqlite_file.h"

enum {
	FILE_MODE = 0600,
	ENDING_BYTES = 16,  /* bytes for a suffix of the path */
	HEADER_BYTES = 100, /* header of SQLite's file format, section 1.3 */
	VERSION_AT = 60,
	APPLICATION_AT = 68,
};

int enc_sqlite_lock(const char *path, enum enc_code *ret_code,
		    struct enc_error *err)
{
	char lock_path[ENC_SQLITE_PATH_BYTES];
	int fd;

	/*
	 * Refuse a path that leaves no room for the longest name made from it.
	 */
	if (snprintf(lock_path, sizeof(lock_path), "%s.lock", path) >=
	    (int)sizeof(lock_path) - ENDING_BYTES) {
		*ret_code = enc_fail(err, ENC_INTERNAL,
				     "the store's path is too long");
		return -1;
	}
	fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		  FILE_MODE);
	if (fd < 0) {
		*ret_code = enc_fail(err,
				     errno == ENOSPC ? ENC_STORAGE_FULL
						     : ENC_INTERNAL,
				     "can't open %s: %s", lock_path,
				     strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		*ret_code =
			enc_fail(err, ENC_CONFLICT,
				 "another process has the store %s open", path);
		(void)close(fd);
		return -1;
	}
	*ret_code = ENC_OK;
	return fd;
}

/*
 * flush_directory() - flush the directory of @path, so that a new name in it
 * survives a crash
 */
static int flush_directory(const char *path)
{
	enc_autofree char *directory = enc_xstrdup(path);
	char *slash = strrchr(directory, '/');
	int fd;
	int r;

	if (slash == NULL) {
		fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else {
		slash[slash == directory ? 1 : 0] = '\0';
		fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0) {
		return -errno;
	}
	r = fsync(fd) < 0 ? -errno : 0;
	(void)close(fd);
	return r;
}

enum enc_code enc_sqlite_file_make(const char *path, struct enc_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);

	if (fd >= 0) {
		(void)close(fd);
		if (flush_directory(path) == 0) {
			return ENC_OK;
		}
	}
	return enc_fail(err, errno == ENOSPC ? ENC_STORAGE_FULL : ENC_INTERNAL,
			"can't make %s: %s", path, strerror(errno));
}

void enc_sqlite_file_remove(const char *path)
{
	static const char *const endings[] = { "-journal", "-wal", "-shm", "" };
	char each[ENC_SQLITE_PATH_BYTES];

	for (size_t i = 0; i < ENC_COUNT(endings); i++) {
		(void)snprintf(each, sizeof(each), "%s%s", path, endings[i]);
		(void)unlink(each);
	}
}

enum enc_code enc_sqlite_file_rename(const char *from, const char *to,
				     struct enc_error *err)
{
	if (rename(from, to) < 0 || flush_directory(to) < 0) {
		return enc_fail(err, ENC_INTERNAL, "can't make %s: %s", to,
				strerror(errno));
	}
	return ENC_OK;
}

/* number_at() - decode a number of SQLite's file header */
static int64_t number_at(const uint8_t *at)
{
	return (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

enum enc_code enc_sqlite_look(const char *path,
			      struct enc_sqlite_looks *ret_looks,
			      struct enc_error *err)
{
	/* The first 16 bytes of every SQLite file, including the NUL. */
	static const char magic[16] = "SQLite format 3";
	uint8_t header[HEADER_BYTES];
	char log[ENC_SQLITE_PATH_BYTES];
	struct stat about;
	ssize_t got = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0) {
		got = pread(fd, header, sizeof(header), 0);
		(void)close(fd);
	}
	if (got < 0) {
		return enc_fail(err, ENC_INTERNAL, "reading its header: %s",
				strerror(errno));
	}
	if (got < (ssize_t)sizeof(header)) {
		return enc_fail(err, ENC_INTERNAL, "it is no store of ours");
	}
	if (memcmp(header, magic, sizeof(magic)) != 0) {
		return enc_fail(err, ENC_INTERNAL, "file is not a database");
	}
	(void)snprintf(log, sizeof(log), "%s-wal", path);
	*ret_looks = (struct enc_sqlite_looks){
		.has_log = lstat(log, &about) == 0,
		.version = number_at(header + VERSION_AT),
		.application = number_at(header + APPLICATION_AT),
	};
	return ENC_OK;
}

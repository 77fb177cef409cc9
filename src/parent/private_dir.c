#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "private_dir.h"

enum { MODE_BITS = 07777 };

enum enc_code enc_private_dir_check(int fd, const char *path,
				    const char *option, bool sticky,
				    struct enc_error *err)
{
	struct stat status;
	int r = fstat(fd, &status) < 0 ? -errno : enc_fd_check_own(fd);

	if (r == 0 ||
	    (r == -EACCES && sticky && (status.st_mode & S_ISVTX) != 0)) {
		return ENC_OK;
	}
	if (r == -EPERM) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"%.100s belongs to uid %u and the server runs "
				"as uid %u: `chown %u` it if you trust its "
				"files, or name another directory with %s",
				path, status.st_uid, geteuid(), geteuid(),
				option);
	}
	if (r == -EACCES) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"%.100s can be written by other users (mode "
				"%04o): `chmod go-w` it if you trust its "
				"files, or name another directory with %s",
				path, status.st_mode & MODE_BITS, option);
	}
	return enc_fail(err, ENC_UNAVAILABLE, "%.100s: %s", path, strerror(-r));
}

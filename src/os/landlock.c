#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fd.h"
#include "landlock.h"

/* Rights of later ABIs, as numbers, since older headers (6.1) lack them. */
#define ACCESS_REFER (UINT64_C(1) << 13)     /* ABI 2 */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)  /* ABI 3 */
#define ACCESS_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */

#define READ                                        \
	(UINT64_C(0) | LANDLOCK_ACCESS_FS_EXECUTE | \
	 LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ALL_OF_ABI_1 ((UINT64_C(1) << 13) - 1)
/* Rights that a rule for a file, not a directory, may have. */
#define FILE_RIGHTS                                                   \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	 LANDLOCK_ACCESS_FS_READ_FILE | ACCESS_TRUNCATE | ACCESS_IOCTL_DEV)
/* Rights that are never granted: making devices. */
#define DEVICES (LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK)

struct ruleset {
	uint64_t handled_access_fs;
};

int enc_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
			   LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

/* handled() - return all file rights that this ABI knows */
static uint64_t handled(int abi)
{
	uint64_t rights = ALL_OF_ABI_1;

	rights |= abi >= 2 ? ACCESS_REFER : 0;
	rights |= abi >= 3 ? ACCESS_TRUNCATE : 0;
	rights |= abi >= 5 ? ACCESS_IOCTL_DEV : 0;
	return rights;
}

/* add_rule() - add a rule for the file or directory @fd */
static int add_rule(int ruleset, uint64_t known, int fd, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = fd };
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0) {
		return -errno;
	}
	rule.allowed_access = known & rights;
	if (!S_ISDIR(status.st_mode)) {
		rule.allowed_access &= FILE_RIGHTS;
	}
	return syscall(SYS_landlock_add_rule, ruleset,
		       LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0
		       ? -errno
		       : 0;
}

static int add_place(int ruleset, uint64_t known,
		     const struct enc_landlock_place *place)
{
	enc_autoclose int fd = open(place->path, O_PATH | O_CLOEXEC);
	uint64_t rights = READ;

	if (place->write) {
		rights = ~(DEVICES | ACCESS_IOCTL_DEV);
		rights |= place->ioctls ? ACCESS_IOCTL_DEV : 0;
	}
	return fd < 0 ? -errno : add_rule(ruleset, known, fd, rights);
}

int enc_landlock_restrict(const struct enc_landlock_place *places, size_t count,
			  int program, const char **ret_failed)
{
	int abi = enc_landlock_abi();
	struct ruleset attributes = { .handled_access_fs = handled(abi) };
	enc_autoclose int ruleset = -1;

	*ret_failed = "";
	if (abi < 1) {
		return -ENOSYS;
	}
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes,
			       sizeof(attributes), 0);
	if (ruleset < 0) {
		return -errno;
	}
	for (size_t i = 0; i < count; i++) {
		int r = add_place(ruleset, attributes.handled_access_fs,
				  &places[i]);

		if (r < 0) {
			*ret_failed = places[i].path;
			return r;
		}
	}
	if (program >= 0) {
		int r = add_rule(ruleset, attributes.handled_access_fs, program,
				 READ);

		if (r < 0) {
			return r;
		}
	}
	return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
}

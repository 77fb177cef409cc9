#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api_root.h"
#include "fd.h"

enum { BYTES = 64 << 10, INODES = 16 };

/* Files of the host that are shown under their own name. */
static const struct shown {
	const char *path;
	uint64_t attributes; /* attributes of the mount: MOUNT_ATTR_* */
} all_shown[] = {
	{ ENC_API_NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC },
	{ ENC_API_URANDOM, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC },
	{ ENC_API_MEMINFO, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
				   MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC },
};

static int set_attributes(int mount, uint64_t attributes)
{
	struct mount_attr wanted = { .attr_set = attributes };

	return mount_setattr(mount, "", AT_EMPTY_PATH, &wanted,
			     sizeof(wanted)) < 0
		       ? -errno
		       : 0;
}

/* copy_of() - make a detached mount of @path, without the mounts below it */
static int copy_of(const char *path, uint64_t attributes)
{
	enc_autoclose int copy =
		open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int r = copy < 0 ? -errno : set_attributes(copy, attributes);

	return r < 0 ? r : ENC_TAKE_FD(copy);
}

static int attach(int mount, int dir, const char *path)
{
	return move_mount(mount, "", dir, path, MOVE_MOUNT_F_EMPTY_PATH) < 0
		       ? -errno
		       : 0;
}

/* new_base() - make a small file system, which becomes the root */
static int new_base(void)
{
	enc_autoclose int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
	enc_autoclose int base = -1;
	char size[16];
	char inodes[16];

	(void)snprintf(size, sizeof(size), "%d", BYTES);
	(void)snprintf(inodes, sizeof(inodes), "%d", INODES);
	if (context < 0 ||
	    fsconfig(context, FSCONFIG_SET_STRING, "size", size, 0) < 0 ||
	    fsconfig(context, FSCONFIG_SET_STRING, "nr_inodes", inodes, 0) <
		    0 ||
	    fsconfig(context, FSCONFIG_SET_STRING, "mode", "0555", 0) < 0 ||
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		return -errno;
	}
	base = fsmount(context, FSMOUNT_CLOEXEC,
		       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			       MOUNT_ATTR_NOEXEC);
	return base < 0 ? -errno : ENC_TAKE_FD(base);
}

/* make_places() - make the files that the copies are mounted on */
static int make_places(int base)
{
	static const char *const dirs[] = { "dev", "proc" };

	for (size_t i = 0; i < ENC_COUNT(dirs); i++) {
		if (mkdirat(base, dirs[i], 0555) < 0) {
			return -errno;
		}
	}
	for (size_t i = 0; i < ENC_COUNT(all_shown); i++) {
		enc_autoclose int file =
			openat(base, all_shown[i].path + 1,
			       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

		if (file < 0) {
			return -errno;
		}
	}
	return 0;
}

/*
 * show() - mount a copy of each file at its place; the old root is still
 * reachable
 */
static int show(int base)
{
	for (size_t i = 0; i < ENC_COUNT(all_shown); i++) {
		enc_autoclose int copy =
			copy_of(all_shown[i].path, all_shown[i].attributes);
		int r = copy < 0 ? copy
				 : attach(copy, base, all_shown[i].path + 1);

		if (r < 0) {
			return r;
		}
	}
	return 0;
}

/*
 * become_root() - make @base the root directory and unmount the old root, which
 * pivot_root(2) puts on top of it
 */
static int become_root(int base)
{
	if (fchdir(base) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0) {
		return -errno;
	}
	return 0;
}

int enc_api_root_enter(const char *state_path, bool files)
{
	enc_autoclose int state = -1;
	enc_autoclose int base = -1;
	int r;

	/* From here on no mount propagates to the host or from it. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		return -errno;
	}
	state = copy_of(state_path, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
					    MOUNT_ATTR_NOEXEC);
	base = state < 0 ? state : new_base();
	if (base < 0) {
		return base;
	}
	/*
	 * The new root is mounted over the state directory, since that surely
	 * exists.
	 */
	r = attach(base, AT_FDCWD, state_path);
	if (r == 0 && mkdirat(base, "state", 0555) < 0) {
		r = -errno;
	}
	r = r < 0 || !files ? r : make_places(base);
	r = r < 0 || !files ? r : show(base);
	r = r < 0 ? r : attach(state, base, "state");
	r = r < 0 ? r : set_attributes(base, MOUNT_ATTR_RDONLY);
	return r < 0 ? r : become_root(base);
}

/*
 * The new root: an overlay of the environment, or a tmpfs with that overlay in
 * it. Mustn't: resolve a path of the environment twice.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "plan_internal.h"

enum { LAYERS_MAX = 3 };

/* attach_to() - mount a detached mount over @target */
static int attach_to(int mount, int target)
{
	return move_mount(mount, "", target, "",
			  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
		       ? -errno
		       : 0;
}

/* swap_standard() - exchange the descriptors in @fds with 0, 1 and 2 */
static int swap_standard(int *fds, int count)
{
	for (int i = 0; i < count; i++) {
		int before = fcntl(i, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

		if (before < 0 || dup2(fds[i], i) < 0) {
			return -errno;
		}
		(void)close(fds[i]); /* the file stays open as number i */
		fds[i] = before;
	}
	return 0;
}

/*
 * configure() - make an overlay of the directories @lowers. Return: a detached
 * mount or a negative errno
 */
static int configure(int context, const char *lowers)
{
	int r = enc_plan_set_text(context, "lowerdir", lowers);

	if (r == 0 &&
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		r = -errno;
	}
	if (r < 0) {
		return r;
	}
	r = fsmount(context, FSMOUNT_CLOEXEC,
		    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	return r < 0 ? -errno : r;
}

/*
 * new_overlay() - make one read-only tree of directories. Return: a detached
 * mount or a negative errno
 * @layers: the topmost is first
 *
 * Layers are named by descriptor, so that no path is resolved twice. While the
 * overlay is made they have the numbers 0, 1 and 2: a program can read these
 * numbers in its list of mounts, and enclaved's own numbers would reveal how
 * many sandboxes there are.
 */
static int new_overlay(const int *layers, int count)
{
	static const char *const lowers[LAYERS_MAX + 1] = {
		[2] = "/proc/self/fd/0:/proc/self/fd/1",
		[3] = "/proc/self/fd/0:/proc/self/fd/1:/proc/self/fd/2",
	};
	enc_autoclose int context = fsopen("overlay", FSOPEN_CLOEXEC);
	int fds[LAYERS_MAX];
	int tree = -EIO;
	int r = context < 0 ? -errno : 0;

	for (int i = 0; r == 0 && i < count; i++) {
		fds[i] = fcntl(layers[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		r = fds[i] < 0 ? -errno : 0;
	}
	if (r == 0) {
		r = swap_standard(fds, count);
	}
	if (r == 0) {
		tree = configure(context, lowers[count]);
		r = swap_standard(fds, count);
	}
	for (int i = 0; r == 0 && i < count; i++) {
		enc_fd_close(&fds[i]);
	}
	/* On failure the process exits, which closes all descriptors. */
	return r < 0 ? r : tree;
}

/*
 * new_top() - make the topmost layer: a file system of the session's own
 *
 * statfs(2) reports the topmost layer; with another one it would show how full
 * the host's disk is. A file in it, which the mount of /proc hides, makes it one
 * that is in use, as a root is anywhere.
 */
static int new_top(void)
{
	static const struct enc_step step = {
		.kind = ENC_STEP_TMPFS,
		.flags = ENC_STEP_F_NODEV | ENC_STEP_F_NOEXEC,
		.mode = 0755,
		.size_bytes = 8192,
		.inodes = 3,
	};
	enc_autoclose int top = enc_plan_new_tmpfs(&step);
	int r = top < 0 ? top : 0;

	if (r == 0 && (mkdirat(top, "proc", 0755) < 0 ||
		       fchmodat(top, "proc", 0755, 0) < 0)) {
		r = -errno;
	}
	if (r == 0) {
		r = enc_plan_new_file(top, "proc/top", "\n");
	}
	return r < 0 ? r : ENC_TAKE_FD(top);
}

/*
 * lay_environment() - mount the environment in @place, read-only, over @place
 *
 * It is mounted as an overlay, which gives a session inodes of its own. Without
 * it all sessions would share the files, and notice each other's locks, leases
 * and watches (flock, F_SETLEASE, F_NOTIFY, inotify). Pages of the files are
 * still shared.
 *
 * The facts are the last layer. An environment without a /proc of its own is an
 * error.
 */
static int lay_environment(struct enc_plan_builder *builder, int place,
			   const char *facts)
{
	enc_autoclose int top = new_top();
	enc_autoclose int fact =
		open(facts, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	enc_autoclose int proc =
		openat(place, "proc",
		       O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	enc_autoclose int tree = -1;
	int r = top < 0 ? top : 0;

	if (r == 0 && (fact < 0 || proc < 0)) {
		r = -errno;
	}
	if (r == 0) {
		r = attach_to(top, place);
	}
	if (r == 0) {
		const int layers[] = { top, place, fact };

		tree = new_overlay(layers, ENC_COUNT(layers));
		r = tree < 0 ? tree : attach_to(tree, top);
	}
	if (r == 0) {
		builder->root = ENC_TAKE_FD(tree);
	}
	return r;
}

/*
 * lay_tmpfs() - mount a tmpfs over @place and keep the environment for a later
 * step
 *
 * The environment is an overlay here, too: runsc shows the program what
 * statfs(2) says of the topmost layer.
 */
static int lay_tmpfs(struct enc_plan_builder *builder, int place)
{
	static const struct enc_step tmpfs = {
		.kind = ENC_STEP_TMPFS,
		.mode = 0755,
		.size_bytes = ENC_PLAN_BASE_BYTES,
		.inodes = ENC_PLAN_BASE_INODES,
	};
	enc_autoclose int top = new_top();
	enc_autoclose int tree = -1;
	enc_autoclose int base = -1;
	struct stat proc;
	int r = top < 0 ? top : 0;

	/* The topmost layer would hide what is no directory. */
	if (r == 0 && fstatat(place, "proc", &proc, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISDIR(proc.st_mode)) {
		r = -ENOTDIR;
	}
	if (r == 0) {
		r = attach_to(top, place);
	}
	if (r == 0) {
		const int layers[] = { top, place };

		tree = new_overlay(layers, ENC_COUNT(layers));
		r = tree < 0 ? tree : 0;
	}
	if (r == 0) {
		base = enc_plan_new_tmpfs(&tmpfs);
		r = base < 0 ? base : attach_to(base, top);
	}
	if (r == 0) {
		builder->environment = ENC_TAKE_FD(tree);
		builder->root = ENC_TAKE_FD(base);
	}
	return r;
}

/* take_root() - mount the base over the environment's directory */
int enc_plan_take_root(struct enc_plan_builder *builder,
		       const struct enc_plan *plan, const char *path)
{
	enc_autoclose int place = -1;

	/* From here on no mount propagates to the host or from it. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		return -errno;
	}
	/*
	 * Opened only now: a mount of the old namespace couldn't be used here.
	 */
	place = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place < 0) {
		return -errno;
	}
	return plan->base == ENC_PLAN_BASE_TMPFS
		       ? lay_tmpfs(builder, place)
		       : lay_environment(builder, place, plan->facts);
}

/*
 * Should: run in a process of its own, in a new mount namespace and the new
 * pid namespace, as root of the host. Mustn't: read a byte of what it mounts
 * but the names below /proc, follow a symlink, or go on after a failure.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fd.h"
#include "plan.h"

enum { LIST_BYTES = 4096, ENTRY_BYTES = 128, LAYERS_MAX = 3 };

struct builder {
	int root;  /* the new root's mount */
	int null;  /* dev/null, for masks */
	int empty; /* an empty directory, for masks; -1 until needed */
	bool empty_attached;
	int environment; /* detached, if it isn't the root */
	int facts;	 /* what lies below the mount of /proc; -1: not yet */
	const struct enc_plan_ids *ids;
};

/* open_beneath() - O_PATH; no symlink on the way, never above @dir */
static int open_beneath(int dir, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static int open_below(const struct builder *builder, const char *path)
{
	return open_beneath(builder->root, path);
}

/* attach() - put a detached mount over what @path is */
static int attach(const struct builder *builder, int mount, const char *path)
{
	enc_autoclose int target = open_below(builder, path);

	if (target < 0) {
		return target;
	}
	return move_mount(mount, "", target, "",
			  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
		       ? -errno
		       : 0;
}

/* copy_of() - a detached copy of the mount that @fd lies in, from there on */
static int copy_of(int fd)
{
	int copy =
		open_tree(fd, "",
			  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	return copy < 0 ? -errno : copy;
}

static int set_attributes(int mount, uint64_t set)
{
	struct mount_attr attributes = { .attr_set = set };

	return mount_setattr(mount, "", AT_EMPTY_PATH, &attributes,
			     sizeof(attributes)) < 0
		       ? -errno
		       : 0;
}

static int set_text(int context, const char *key, const char *value)
{
	return fsconfig(context, FSCONFIG_SET_STRING, key, value, 0) < 0
		       ? -errno
		       : 0;
}

static int set_number(int context, const char *key, uint64_t value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return set_text(context, key, text);
}

static int set_mode(int context, unsigned int mode)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%o", mode);
	return set_text(context, "mode", text);
}

/* new_tmpfs() - detached; a descriptor or a negative errno */
static int new_tmpfs(const struct enc_step *step)
{
	enc_autoclose int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
	unsigned int attributes = MOUNT_ATTR_NOSUID;
	int r;

	ENC_ASSERT(step->size_bytes > 0 && step->inodes > 0);
	if (context < 0) {
		return -errno;
	}
	attributes |=
		(step->flags & ENC_STEP_F_NODEV) != 0 ? MOUNT_ATTR_NODEV : 0;
	attributes |=
		(step->flags & ENC_STEP_F_NOEXEC) != 0 ? MOUNT_ATTR_NOEXEC : 0;
	r = set_number(context, "size", step->size_bytes);
	if (r == 0) {
		r = set_number(context, "nr_inodes", step->inodes);
	}
	if (r == 0) {
		r = set_mode(context, step->mode);
	}
	if (r == 0 &&
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		r = -errno;
	}
	if (r < 0) {
		return r;
	}
	r = fsmount(context, FSMOUNT_CLOEXEC, attributes);
	return r < 0 ? -errno : r;
}

static int do_tmpfs(struct builder *builder, const struct enc_step *step)
{
	enc_autoclose int mount = new_tmpfs(step);
	uid_t owner = builder->ids->init;

	if (mount < 0) {
		return mount;
	}
	if (fchownat(mount, "", owner, owner, AT_EMPTY_PATH) < 0) {
		return -errno;
	}
	return attach(builder, mount, step->target);
}

/* split() - the directory that @path lies in, and its last component */
static int split(const struct builder *builder, const char *path,
		 const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char parent[64];

	if (slash == NULL) {
		*ret_name = path;
		return open_below(builder, ".");
	}
	ENC_ASSERT((size_t)(slash - path) < sizeof(parent));
	(void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path),
		       path);
	*ret_name = slash + 1;
	return open_below(builder, parent);
}

static int do_directory(struct builder *builder, const struct enc_step *step)
{
	const char *name;
	enc_autoclose int parent = split(builder, step->target, &name);
	uid_t owner = step->owner == ENC_OWNER_PROGRAM ? builder->ids->program
						       : builder->ids->init;

	if (parent < 0) {
		return parent;
	}
	if (mkdirat(parent, name, 0700) < 0 ||
	    fchownat(parent, name, owner, owner, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fchmodat(parent, name, step->mode, 0) < 0) {
		return -errno;
	}
	return 0;
}

static int do_device(struct builder *builder, const struct enc_step *step)
{
	const char *name;
	enc_autoclose int parent = split(builder, step->target, &name);

	if (parent < 0) {
		return parent;
	}
	if (mknodat(parent, name, S_IFCHR | 0666,
		    makedev(step->major, step->minor)) < 0 ||
	    fchmodat(parent, name, 0666, 0) < 0) {
		return -errno;
	}
	return 0;
}

static int do_symlink(struct builder *builder, const struct enc_step *step)
{
	const char *name;
	enc_autoclose int parent = split(builder, step->target, &name);

	if (parent < 0) {
		return parent;
	}
	return symlinkat(step->source, parent, name) < 0 ? -errno : 0;
}

static int do_proc(struct builder *builder, const struct enc_step *step)
{
	enc_autoclose int context = fsopen("proc", FSOPEN_CLOEXEC);
	enc_autoclose int mount = -1;

	if (context < 0 ||
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		return -errno;
	}
	builder->facts = open_below(builder, step->target);
	if (builder->facts < 0) {
		return builder->facts;
	}
	mount = fsmount(context, FSMOUNT_CLOEXEC,
			MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				MOUNT_ATTR_NOEXEC);
	return mount < 0 ? -errno : attach(builder, mount, step->target);
}

/* copy_at() - a detached copy of what lies at @path */
static int copy_at(const struct builder *builder, const char *path)
{
	enc_autoclose int from = open_below(builder, path);

	return from < 0 ? from : copy_of(from);
}

static int do_bind(struct builder *builder, const struct enc_step *step)
{
	enc_autoclose int copy = copy_at(builder, step->source);

	return copy < 0 ? copy : attach(builder, copy, step->target);
}

/* cover_by_fact() - what lies at the same place below the mount of /proc */
static int cover_by_fact(struct builder *builder, const char *target)
{
	enc_autoclose int fact =
		open_beneath(builder->facts, strchr(target, '/') + 1);
	enc_autoclose int copy = fact < 0 ? fact : copy_of(fact);
	int r = copy < 0 ? copy
			 : set_attributes(copy, MOUNT_ATTR_RDONLY |
							MOUNT_ATTR_NOSUID |
							MOUNT_ATTR_NODEV |
							MOUNT_ATTR_NOEXEC);

	return r < 0 ? r : attach(builder, copy, target);
}

static int do_fact(struct builder *builder, const struct enc_step *step)
{
	enc_autoclose int kept = -1;
	int r;

	if (step->source == NULL) {
		return cover_by_fact(builder, step->target);
	}
	kept = copy_at(builder, step->source);
	r = kept < 0 ? kept : set_attributes(kept, MOUNT_ATTR_RDONLY);
	if (r == 0) {
		r = cover_by_fact(builder, step->target);
	}
	return r < 0 ? r : attach(builder, kept, step->source);
}

static int do_seal(struct builder *builder, const struct enc_step *step)
{
	enc_autoclose int mount = open_below(builder, step->target);

	return mount < 0 ? mount : set_attributes(mount, MOUNT_ATTR_RDONLY);
}

/* mask() - a copy of @cover over @target */
static int mask(struct builder *builder, int cover, const char *target)
{
	enc_autoclose int copy = copy_of(cover);

	return copy < 0 ? copy : attach(builder, copy, target);
}

static int mask_file(struct builder *builder, const char *target)
{
	if (builder->null < 0) {
		builder->null = open_below(builder, "dev/null");
	}
	return builder->null < 0 ? builder->null
				 : mask(builder, builder->null, target);
}

static const struct enc_step nothing = {
	.kind = ENC_STEP_TMPFS,
	.flags = ENC_STEP_F_NODEV | ENC_STEP_F_NOEXEC,
	.mode = 0755,
	.size_bytes = 4096,
	.inodes = 1,
};

static int make_empty(struct builder *builder)
{
	int r;

	builder->empty = new_tmpfs(&nothing);
	r = builder->empty;
	return r < 0 ? r : set_attributes(builder->empty, MOUNT_ATTR_RDONLY);
}

/*
 * mask_directory() - the first mask is the mount itself, the others are
 * copies of it: before 6.15 a mount has to be attached to be copied (EINVAL)
 */
static int mask_directory(struct builder *builder, const char *target)
{
	int r = builder->empty < 0 ? make_empty(builder) : 0;

	if (r < 0) {
		return r;
	}
	if (builder->empty_attached) {
		return mask(builder, builder->empty, target);
	}
	r = attach(builder, builder->empty, target);
	builder->empty_attached = r == 0;
	return r;
}

/*
 * mask_entry() - unless a program may see it, or it is a process. Links lead
 * to places of the sandbox's own.
 */
static int mask_entry(struct builder *builder, const char *directory,
		      const char *name, unsigned char type)
{
	char target[ENTRY_BYTES];

	if (type == DT_LNK || isdigit((unsigned char)name[0]) ||
	    name[0] == '.' || enc_plan_shows(name)) {
		return 0;
	}
	if (snprintf(target, sizeof(target), "%s/%s", directory, name) >=
	    (int)sizeof(target)) {
		return -ENAMETOOLONG;
	}
	return type == DT_DIR ? mask_directory(builder, target)
			      : mask_file(builder, target);
}

/* do_mask_rest() - by the system call: a child mustn't allocate */
static int do_mask_rest(struct builder *builder, const struct enc_step *step)
{
	enc_autoclose int path = open_below(builder, step->target);
	enc_autoclose int list = -1;
	_Alignas(struct dirent64) char entries[LIST_BYTES];
	long length = 0;
	int r = path < 0 ? path : 0;

	if (r == 0) {
		list = openat(path, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = list < 0 ? -errno : 0;
	}
	while (r == 0 && (length = syscall(SYS_getdents64, list, entries,
					   sizeof(entries))) > 0) {
		for (long at = 0; r == 0 && at < length;) {
			const struct dirent64 *entry =
				(const struct dirent64
					 *)(const void *)(entries + at);

			r = mask_entry(builder, step->target, entry->d_name,
				       entry->d_type);
			at += entry->d_reclen;
		}
	}
	return r == 0 && length < 0 ? -errno : r;
}

static int do_file(struct builder *builder, const struct enc_step *step)
{
	const char *name;
	enc_autoclose int parent = split(builder, step->target, &name);
	enc_autoclose int file = -1;

	if (parent < 0) {
		return parent;
	}
	file = openat(parent, name,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      0444);
	return file < 0 ? -errno
			: enc_fd_write_all(file, step->source,
					   strlen(step->source));
}

/* do_host_device() - the old root is still there */
static int do_host_device(struct builder *builder, const struct enc_step *step)
{
	enc_autoclose int device =
		open(step->source, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	enc_autoclose int copy = device < 0 ? -errno : copy_of(device);

	return copy < 0 ? copy : attach(builder, copy, step->target);
}

static int do_environment(struct builder *builder, const struct enc_step *step)
{
	return attach(builder, builder->environment, step->target);
}

typedef int step_fn(struct builder *builder, const struct enc_step *step);

static step_fn *const doers[ENC_STEP_KIND_MAX] = {
	[ENC_STEP_TMPFS] = do_tmpfs,
	[ENC_STEP_DIRECTORY] = do_directory,
	[ENC_STEP_DEVICE] = do_device,
	[ENC_STEP_SYMLINK] = do_symlink,
	[ENC_STEP_PROC] = do_proc,
	[ENC_STEP_BIND] = do_bind,
	[ENC_STEP_SEAL] = do_seal,
	[ENC_STEP_FACT] = do_fact,
	[ENC_STEP_MASK_REST] = do_mask_rest,
	[ENC_STEP_FILE] = do_file,
	[ENC_STEP_HOST_DEVICE] = do_host_device,
	[ENC_STEP_ENVIRONMENT] = do_environment,
};

/* attach_to() - a detached mount over what @target is */
static int attach_to(int mount, int target)
{
	return move_mount(mount, "", target, "",
			  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
		       ? -errno
		       : 0;
}

/* swap_standard() - @fds become 0, 1 and 2, which lie in @fds afterwards */
static int swap_standard(int *fds, int count)
{
	for (int i = 0; i < count; i++) {
		int before = fcntl(i, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

		if (before < 0 || dup2(fds[i], i) < 0) {
			return -errno;
		}
		(void)close(fds[i]); /* it is number i now */
		fds[i] = before;
	}
	return 0;
}

/* configure() - lay @lowers over each other; detached */
static int configure(int context, const char *lowers)
{
	int r = set_text(context, "lowerdir", lowers);

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
 * new_overlay() - directories as one tree that nobody can write; detached
 *
 * @layers: from the top. They are named by descriptor, so no path is walked
 *	    twice, and are 0, 1 and 2 meanwhile: a program reads these numbers
 *	    in its list of mounts, and enclaved's own would tell it how many
 *	    others there are.
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
	return r < 0 ? r : tree; /* what is open then ends with the process */
}

/*
 * lay_environment() - the environment in @place, read-only, over @place
 *
 * Through an overlay, so that its inodes are the session's own: locks, leases
 * and watches on a file that all sessions share would be noticed by the others
 * (flock, F_SETLEASE, F_NOTIFY, inotify). Pages are shared all the same.
 *
 * An empty file system of the session's own is the first layer, since statfs(2)
 * asks the first one: it would tell how full the host's disk is. The facts are
 * the last. An environment without a /proc of its own is refused all the same.
 */
static int lay_environment(struct builder *builder, int place,
			   const char *facts)
{
	enc_autoclose int empty = new_tmpfs(&nothing);
	enc_autoclose int fact =
		open(facts, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	enc_autoclose int proc =
		openat(place, "proc",
		       O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	enc_autoclose int tree = -1;
	int r = empty < 0 ? empty : 0;

	if (r == 0 && (fact < 0 || proc < 0)) {
		r = -errno;
	}
	if (r == 0) {
		r = attach_to(empty, place);
	}
	if (r == 0) {
		const int layers[] = { empty, place, fact };

		tree = new_overlay(layers, ENC_COUNT(layers));
		r = tree < 0 ? tree : attach_to(tree, empty);
	}
	if (r == 0) {
		builder->root = ENC_TAKE_FD(tree);
	}
	return r;
}

/*
 * lay_tmpfs() - a tmpfs over @place, the environment kept for a later step
 *
 * The environment is an overlay here too: what runsc shows of its file system
 * is what statfs(2) says of the first layer.
 */
static int lay_tmpfs(struct builder *builder, int place)
{
	static const struct enc_step tmpfs = {
		.kind = ENC_STEP_TMPFS,
		.mode = 0755,
		.size_bytes = ENC_PLAN_BASE_BYTES,
		.inodes = ENC_PLAN_BASE_INODES,
	};
	enc_autoclose int empty = new_tmpfs(&nothing);
	enc_autoclose int tree = -1;
	enc_autoclose int base = -1;
	int r = empty < 0 ? empty : attach_to(empty, place);

	if (r == 0) {
		const int layers[] = { empty, place };

		tree = new_overlay(layers, ENC_COUNT(layers));
		r = tree < 0 ? tree : 0;
	}
	if (r == 0) {
		base = new_tmpfs(&tmpfs);
		r = base < 0 ? base : attach_to(base, empty);
	}
	if (r == 0) {
		builder->environment = ENC_TAKE_FD(tree);
		builder->root = ENC_TAKE_FD(base);
	}
	return r;
}

/* take_root() - the base, attached over the environment's directory */
static int take_root(struct builder *builder, const struct enc_plan *plan,
		     const char *path)
{
	enc_autoclose int place = -1;

	/* Nothing from here on is seen by the host, nor the other way. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		return -errno;
	}
	/* Only now: a mount of the old namespace couldn't be used here. */
	place = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place < 0) {
		return -errno;
	}
	return plan->base == ENC_PLAN_BASE_TMPFS
		       ? lay_tmpfs(builder, place)
		       : lay_environment(builder, place, plan->facts);
}

/* become_root() - as pivot_root(2) says: the old root ends up on top of it */
static int become_root(int root)
{
	if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0) {
		return -errno;
	}
	return 0;
}

static void blame(struct enc_plan_failure *failure, const char *step,
		  const char *object)
{
	failure->step = step;
	failure->object = object;
}

int enc_plan_execute(const struct enc_plan *plan, const char *path,
		     const struct enc_plan_ids *ids,
		     struct enc_plan_failure *failure)
{
	struct builder builder = { .root = -1,
				   .null = -1,
				   .empty = -1,
				   .environment = -1,
				   .facts = -1,
				   .ids = ids };
	int r = take_root(&builder, plan, path);

	if (r < 0) {
		/* What is open here ends with the process. */
		blame(failure, "root", "the environment");
		return r;
	}
	for (size_t i = 0; r == 0 && i < plan->step_count; i++) {
		const struct enc_step *step = &plan->steps[i];

		r = doers[step->kind](&builder, step);
		if (r < 0) {
			blame(failure, enc_step_name(step->kind), step->target);
		}
	}
	enc_fd_close(&builder.null);
	enc_fd_close(&builder.empty);
	enc_fd_close(&builder.environment);
	enc_fd_close(&builder.facts);
	if (r == 0) {
		r = become_root(builder.root);
		if (r < 0) {
			blame(failure, "pivot_root", "/");
		}
	}
	enc_fd_close(&builder.root);
	return r;
}

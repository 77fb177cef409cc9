/*
 * Should: run in a process of its own, in a new mount namespace and the new pid
 * namespace, as root of the host. Mustn't: read anything of what it mounts
 * except the names below /proc, follow a symlink, or go on after a failure.
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
#include "plan_internal.h"
#include "shown.h"

enum { LIST_BYTES = 4096, ENTRY_BYTES = 128 };

/*
 * open_beneath() - open with O_PATH below @dir; fails at a symlink or a path
 * that leads above @dir
 */
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

static int open_below(const struct enc_plan_builder *builder, const char *path)
{
	return open_beneath(builder->root, path);
}

/* attach() - mount a detached mount over @path */
static int attach(const struct enc_plan_builder *builder, int mount,
		  const char *path)
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

/*
 * copy_of() - make a detached copy of the mount that @fd is in, with @fd as its
 * root
 */
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

int enc_plan_set_text(int context, const char *key, const char *value)
{
	return fsconfig(context, FSCONFIG_SET_STRING, key, value, 0) < 0
		       ? -errno
		       : 0;
}

static int set_number(int context, const char *key, uint64_t value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return enc_plan_set_text(context, key, text);
}

static int set_mode(int context, unsigned int mode)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%o", mode);
	return enc_plan_set_text(context, "mode", text);
}

int enc_plan_new_tmpfs(const struct enc_step *step)
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

static int do_tmpfs(struct enc_plan_builder *builder,
		    const struct enc_step *step)
{
	enc_autoclose int mount = enc_plan_new_tmpfs(step);
	uid_t owner = builder->ids->init;

	if (mount < 0) {
		return mount;
	}
	if (fchownat(mount, "", owner, owner, AT_EMPTY_PATH) < 0) {
		return -errno;
	}
	return attach(builder, mount, step->target);
}

/*
 * split() - open the directory that @path lies in, and point to the last
 * component
 */
static int split(const struct enc_plan_builder *builder, const char *path,
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

static int do_directory(struct enc_plan_builder *builder,
			const struct enc_step *step)
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

static int do_device(struct enc_plan_builder *builder,
		     const struct enc_step *step)
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

static int do_symlink(struct enc_plan_builder *builder,
		      const struct enc_step *step)
{
	const char *name;
	enc_autoclose int parent = split(builder, step->target, &name);

	if (parent < 0) {
		return parent;
	}
	return symlinkat(step->source, parent, name) < 0 ? -errno : 0;
}

static int do_proc(struct enc_plan_builder *builder,
		   const struct enc_step *step)
{
	enc_autoclose int context = fsopen("proc", FSOPEN_CLOEXEC);
	enc_autoclose int mount = -1;

	if (context < 0 ||
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		return -errno;
	}
	mount = fsmount(context, FSMOUNT_CLOEXEC,
			MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				MOUNT_ATTR_NOEXEC);
	return mount < 0 ? -errno : attach(builder, mount, step->target);
}

/* do_ptys() - mount a devpts of its own, with few terminals */
static int do_ptys(struct enc_plan_builder *builder,
		   const struct enc_step *step)
{
	enc_autoclose int context = fsopen("devpts", FSOPEN_CLOEXEC);
	enc_autoclose int mount = -1;
	int r = context < 0 ? -errno
			    : set_number(context, "max", ENC_PLAN_PTYS);

	if (r == 0) {
		r = enc_plan_set_text(context, "ptmxmode", "0666");
	}
	if (r == 0 &&
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		r = -errno;
	}
	if (r < 0) {
		return r;
	}
	mount = fsmount(context, FSMOUNT_CLOEXEC,
			MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	return mount < 0 ? -errno : attach(builder, mount, step->target);
}

/* copy_at() - make a detached copy of what is at @path */
static int copy_at(const struct enc_plan_builder *builder, const char *path)
{
	enc_autoclose int from = open_below(builder, path);

	return from < 0 ? from : copy_of(from);
}

static int do_bind(struct enc_plan_builder *builder,
		   const struct enc_step *step)
{
	enc_autoclose int copy = copy_at(builder, step->source);

	return copy < 0 ? copy : attach(builder, copy, step->target);
}

int enc_plan_new_file(int dir, const char *name, const char *text)
{
	enc_autoclose int file =
		openat(dir, name,
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		       0444);

	return file < 0 || fchmod(file, 0444) < 0
		       ? -errno
		       : enc_fd_write_all(file, text, strlen(text));
}

static int do_shown(struct enc_plan_builder *builder,
		    const struct enc_step *step)
{
	int r;

	builder->facts = open_below(builder, step->target);
	builder->shown = enc_plan_new_tmpfs(step);
	r = ENC_MIN(builder->facts, builder->shown);
	r = r < 0 ? r : attach(builder, builder->shown, step->target);
	for (size_t i = 0; r == 0 && enc_shown_files[i] != NULL; i++) {
		r = enc_plan_new_file(builder->shown, enc_shown_files[i], "");
	}
	return r;
}

/* cover_by_fact() - cover @target with the file of the same name */
static int cover_by_fact(struct enc_plan_builder *builder, const char *target)
{
	const char *name = strchr(target, '/') + 1;
	int found = open_beneath(builder->shown, name);
	enc_autoclose int fact =
		found < 0 ? open_beneath(builder->facts, name) : found;
	enc_autoclose int copy = fact < 0 ? fact : copy_of(fact);
	int r = copy < 0 ? copy
			 : set_attributes(copy, MOUNT_ATTR_RDONLY |
							MOUNT_ATTR_NOSUID |
							MOUNT_ATTR_NODEV |
							MOUNT_ATTR_NOEXEC);

	return r < 0 ? r : attach(builder, copy, target);
}

static int do_fact(struct enc_plan_builder *builder,
		   const struct enc_step *step)
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

static int do_seal(struct enc_plan_builder *builder,
		   const struct enc_step *step)
{
	enc_autoclose int mount = open_below(builder, step->target);

	return mount < 0 ? mount : set_attributes(mount, MOUNT_ATTR_RDONLY);
}

/* mask() - mount a copy of @cover over @target */
static int mask(struct enc_plan_builder *builder, int cover, const char *target)
{
	enc_autoclose int copy = copy_of(cover);

	return copy < 0 ? copy : attach(builder, copy, target);
}

static int mask_file(struct enc_plan_builder *builder, const char *target)
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

static int make_empty(struct enc_plan_builder *builder)
{
	int r;

	builder->empty = enc_plan_new_tmpfs(&nothing);
	r = builder->empty;
	return r < 0 ? r : set_attributes(builder->empty, MOUNT_ATTR_RDONLY);
}

/*
 * mask_directory() - cover a directory with an empty one
 *
 * The first mask is the mount itself, the others are copies of it: before
 * kernel 6.15 only an attached mount can be copied (EINVAL).
 */
static int mask_directory(struct enc_plan_builder *builder, const char *target)
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
 * mask_entry() - mask an entry of /proc, unless a program may see it or it is a
 * process. Symlinks are left, since they lead to places within the sandbox.
 */
static int mask_entry(struct enc_plan_builder *builder, const char *directory,
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

/*
 * do_mask_rest() - mask the entries of a directory. It uses the system call,
 * since readdir(3) would allocate memory, which a child mustn't.
 */
static int do_mask_rest(struct enc_plan_builder *builder,
			const struct enc_step *step)
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

static int do_file(struct enc_plan_builder *builder,
		   const struct enc_step *step)
{
	const char *name;
	enc_autoclose int parent = split(builder, step->target, &name);

	return parent < 0 ? parent
			  : enc_plan_new_file(parent, name, step->source);
}

/* do_host_device() - show a device of the host, whose root is still mounted */
static int do_host_device(struct enc_plan_builder *builder,
			  const struct enc_step *step)
{
	enc_autoclose int device =
		open(step->source, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	enc_autoclose int copy = device < 0 ? -errno : copy_of(device);

	return copy < 0 ? copy : attach(builder, copy, step->target);
}

static int do_environment(struct enc_plan_builder *builder,
			  const struct enc_step *step)
{
	return attach(builder, builder->environment, step->target);
}

typedef int step_fn(struct enc_plan_builder *builder,
		    const struct enc_step *step);

static step_fn *const doers[ENC_STEP_KIND_MAX] = {
	[ENC_STEP_TMPFS] = do_tmpfs,
	[ENC_STEP_DIRECTORY] = do_directory,
	[ENC_STEP_DEVICE] = do_device,
	[ENC_STEP_SYMLINK] = do_symlink,
	[ENC_STEP_PROC] = do_proc,
	[ENC_STEP_PTYS] = do_ptys,
	[ENC_STEP_BIND] = do_bind,
	[ENC_STEP_SEAL] = do_seal,
	[ENC_STEP_SHOWN] = do_shown,
	[ENC_STEP_FACT] = do_fact,
	[ENC_STEP_MASK_REST] = do_mask_rest,
	[ENC_STEP_FILE] = do_file,
	[ENC_STEP_HOST_DEVICE] = do_host_device,
	[ENC_STEP_ENVIRONMENT] = do_environment,
};

/*
 * become_root() - make @root the root directory and unmount the old root, which
 * pivot_root(2) puts on top of it
 */
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
		     const struct enc_plan_ids *ids, int *ret_shown,
		     struct enc_plan_failure *failure)
{
	struct enc_plan_builder builder = { .root = -1,
					    .null = -1,
					    .empty = -1,
					    .environment = -1,
					    .facts = -1,
					    .shown = -1,
					    .ids = ids };
	int r = enc_plan_take_root(&builder, plan, path);

	*ret_shown = -1;
	if (r < 0) {
		/* The process exits now, which closes all descriptors. */
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
	*ret_shown = builder.shown;
	return r;
}

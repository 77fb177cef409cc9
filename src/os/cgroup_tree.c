/*
 * Where sandboxes' groups lie on this machine, and what a former life left
 * there.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cgroup_impl.h"
#include "cgroup_mounts.h"
#include "fd.h"

static const char base_name[] = "enclave";
static const char leaf_name[] = "enclaved";

enum {
	PATH_BYTES = 2 * ENC_CGROUP_PATH_BYTES,
	PIDS_BYTES = 8192,
	/* A process that forks while it is moved costs another round. */
	EMPTY_ROUNDS = 100,
	SWEEP_ROUNDS = 200,
	SWEEP_WAIT_US = 10000,
	CONTROLLERS = 1U << ENC_CGROUP_MEMORY | 1U << ENC_CGROUP_PIDS |
		      1U << ENC_CGROUP_CPU | 1U << ENC_CGROUP_CPUACCT,
};

/* The search for a place for groups. */
struct search {
	struct enc_cgroup_mounts mounts;
	char unit[ENC_CGROUP_PATH_BYTES]; /* "/system.slice/x.service", or "" */
	bool in_unit;
	bool make;	       /* missing directories */
	char path[PATH_BYTES]; /* scratch, and for messages */
};

/* ---- one hierarchy ---- */

static int open_dir(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* open_made() - a directory that is made if it is missing */
static int open_made(int dir, const char *name, bool make)
{
	if (make && mkdirat(dir, name, 0755) < 0 && errno != EEXIST) {
		return -errno;
	}
	return open_dir(dir, name);
}

/* open_base() - <mount>/enclave, or the unit's own group */
static int open_base(struct search *search, const struct enc_cgroup_mount *row)
{
	bool unit = search->in_unit && row->shows_own &&
		    strcmp(row->own, search->unit) == 0;
	enc_autoclose int top = -1;

	(void)snprintf(search->path, sizeof(search->path), "%s%s", row->top,
		       unit ? row->own : "");
	top = open_dir(AT_FDCWD, search->path);
	if (top < 0 || unit) {
		return ENC_TAKE_FD(top);
	}
	return open_made(top, base_name, search->make);
}

/* name_root() - the first of its controllers is its name */
static void name_root(struct enc_cgroup_root *root, unsigned int kinds)
{
	size_t others = 0;

	for (unsigned int kind = 0; kind < ENC_CGROUP_KIND_MAX; kind++) {
		const char *name =
			enc_cgroup_kind_name((enum enc_cgroup_kind)kind);

		if ((kinds & (1U << kind)) == 0) {
			continue;
		}
		if (root->controller == NULL) {
			root->controller = name;
		} else if (others < ENC_COUNT(root->others)) {
			root->others[others++] = name;
		}
	}
}

static int add_root(struct enc_cgroup_tree *tree, struct search *search,
		    const struct enc_cgroup_mount *row,
		    struct enc_cgroup_failure *failure)
{
	struct enc_cgroup_root root = { .fd = -1, .parent_fd = -1 };
	int r = 0;

	name_root(&root, row->kinds & ~(1U << ENC_CGROUP_SYSTEMD));
	root.parent_fd = open_base(search, row);
	if (root.parent_fd < 0) {
		r = root.parent_fd;
	} else {
		root.fd =
			open_made(root.parent_fd, tree->instance, search->make);
		r = root.fd < 0 ? root.fd : 0;
	}
	if (r < 0) {
		enc_fd_close(&root.parent_fd);
		return enc_cgroup_blame(failure, root.controller, search->path,
					r);
	}
	if ((row->kinds & (1U << ENC_CGROUP_UNIFIED)) != 0) {
		tree->unified = (int)tree->root_count;
	}
	ENC_ASSERT(tree->root_count < ENC_COUNT(tree->roots));
	tree->roots[tree->root_count++] = root;
	return 0;
}

/* ---- the own group ---- */

/* is_delegated() - systemd marks the group of a unit with Delegate= */
static bool is_delegated(const char *path)
{
	static const char *const marks[] = { "trusted.delegate",
					     "user.delegate" };
	char value[2];

	for (size_t i = 0; i < ENC_COUNT(marks); i++) {
		if (getxattr(path, marks[i], value, sizeof(value)) == 1 &&
		    value[0] == '1') {
			return true;
		}
	}
	return false;
}

/*
 * find_unit() - the own group, if it is delegated. After the move to
 * <unit>/enclaved that is the group above; the mark is on the unit's alone.
 */
static void find_unit(struct search *search)
{
	const struct enc_cgroup_mount *row =
		enc_cgroup_mounts_find(&search->mounts, ENC_CGROUP_UNIFIED);
	char *slash;

	if (row == NULL) {
		row = enc_cgroup_mounts_find(&search->mounts,
					     ENC_CGROUP_SYSTEMD);
	}
	if (row == NULL || !row->shows_own) {
		return;
	}
	memcpy(search->unit, row->own, sizeof(search->unit));
	slash = strrchr(search->unit, '/');
	if (slash != NULL && strcmp(slash + 1, leaf_name) == 0) {
		*slash = '\0';
	}
	(void)snprintf(search->path, sizeof(search->path), "%s%s", row->top,
		       search->unit);
	search->in_unit = is_delegated(search->path);
}

/* leave_leaf() - a row's own group without the leaf, as find_unit() has it */
static void leave_leaf(struct enc_cgroup_mounts *mounts)
{
	for (size_t i = 0; i < mounts->count; i++) {
		char *slash = strrchr(mounts->rows[i].own, '/');

		if (slash != NULL && strcmp(slash + 1, leaf_name) == 0) {
			*slash = '\0';
		}
	}
}

static int read_self(const char *self, struct search *search,
		     struct enc_cgroup_failure *failure)
{
	FILE *mountinfo;
	FILE *groups;

	(void)snprintf(search->path, sizeof(search->path), "%s/cgroup", self);
	groups = fopen(search->path, "re");
	(void)snprintf(search->path, sizeof(search->path), "%s/mountinfo",
		       self);
	mountinfo = fopen(search->path, "re");
	if (mountinfo == NULL) {
		int error = -errno;

		if (groups != NULL) {
			(void)fclose(groups); /* it was only read */
		}
		return enc_cgroup_blame(failure, "mounts", search->path, error);
	}
	enc_cgroup_mounts_read(mountinfo, groups, &search->mounts);
	(void)fclose(mountinfo); /* as above */
	if (groups != NULL) {
		(void)fclose(groups);
	}
	return 0;
}

/* ---- v2 ---- */

/* read_list() - a group's processes, a number a line; 0 or a negative errno */
static int read_list(int group, char ret_pids[PIDS_BYTES])
{
	enc_autoclose int list =
		openat(group, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	ssize_t length = list < 0 ? -1 : read(list, ret_pids, PIDS_BYTES - 1);

	if (length < 0) {
		return -errno;
	}
	ret_pids[length] = '\0';
	return 0;
}

/* is_listed() - whether a number is in the list of @group now */
static bool is_listed(int group, const char *number)
{
	char pids[PIDS_BYTES] = "";
	size_t length = strlen(number);
	bool found = false;

	if (read_list(group, pids) < 0) {
		return false;
	}
	for (const char *at = pids; !found && at != NULL && *at != '\0';) {
		found = strncmp(at, number, length) == 0 && at[length] == '\n';
		at = strchr(at, '\n');
		at = at == NULL ? NULL : at + 1;
	}
	return found;
}

/*
 * move_one() - the process that a listed number means, to @leaf
 *
 * By now that process may be dead, and the number anybody's. A process that a
 * pidfd was opened for, and whose number is listed after that, is in the group.
 * It is moved one system call later: the kernel moves by numbers alone.
 */
static int move_one(int unit, int leaf, const char *number)
{
	pid_t pid = (pid_t)strtol(number, NULL, 10);
	enc_autoclose int pidfd = -1;
	int r;

	if (pid == getpid()) {
		return enc_fd_write_file(leaf, "cgroup.procs", "0");
	}
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) {
		return errno == ESRCH ? 0 : -errno;
	}
	if (!is_listed(unit, number)) {
		return 0;
	}
	r = enc_fd_write_file(leaf, "cgroup.procs", number);
	return r == -ESRCH ? 0 : r;
}

/* move_out() - move every process of a group to its leaf */
static int move_out(int unit, int leaf)
{
	char pids[PIDS_BYTES];
	int r = read_list(unit, pids);

	/* A number that was cut off is met in the next round. */
	for (char *at = pids; r == 0 && strchr(at, '\n') != NULL;) {
		char *end = strchr(at, '\n');

		*end = '\0';
		r = move_one(unit, leaf, at);
		at = end + 1;
	}
	return r;
}

/* pass_on() - give controllers to groups below; -EBUSY: it has processes */
static int pass_on(int dir)
{
	return enc_fd_write_file(dir, "cgroup.subtree_control",
				 "+memory +pids +cpu");
}

/* enable_unit() - move the unit's own processes away, then pass on */
static int enable_unit(int unit)
{
	enc_autoclose int leaf = open_made(unit, leaf_name, /* make= */ true);
	int r = leaf < 0 ? leaf : -EBUSY;

	for (int round = 0; r == -EBUSY && round < EMPTY_ROUNDS; round++) {
		r = move_out(unit, leaf);
		if (r == 0) {
			r = pass_on(unit);
		}
	}
	return r;
}

/* enable() - v2: controllers reach a group only through all above it */
static int enable(const struct enc_cgroup_tree *tree, bool in_unit,
		  struct enc_cgroup_failure *failure)
{
	const struct enc_cgroup_root *root = &tree->roots[tree->unified];
	enc_autoclose int top = open_dir(root->parent_fd, "..");
	int r;

	if (in_unit) {
		r = enable_unit(root->parent_fd);
	} else {
		r = top < 0 ? top : pass_on(top);
		if (r == 0) {
			r = pass_on(root->parent_fd);
		}
	}
	if (r == 0) {
		r = pass_on(root->fd);
	}
	if (r == -ENOENT) {
		return enc_cgroup_blame(failure, "unified",
					"is passed on without memory, pids or "
					"cpu (Delegate=)",
					-ENOTSUP);
	}
	return r < 0 ? enc_cgroup_blame(failure, "unified",
					"cgroup.subtree_control", r)
		     : 0;
}

/* ---- all of them ---- */

/* find_roots() - v1 where a controller is there, else v2 */
static int find_roots(struct enc_cgroup_tree *tree, struct search *search,
		      struct enc_cgroup_failure *failure)
{
	unsigned int found = 0;
	int r = 0;

	tree->unified = -1;
	for (size_t i = 0; r == 0 && i < search->mounts.count; i++) {
		const struct enc_cgroup_mount *row = &search->mounts.rows[i];
		unsigned int wanted =
			row->kinds & (CONTROLLERS | 1U << ENC_CGROUP_UNIFIED);

		if (wanted != 0) {
			found |= wanted & CONTROLLERS;
			r = add_root(tree, search, row, failure);
			/* A missing directory that needn't be made is no error. */
			r = r == -ENOENT && !search->make ? 0 : r;
		}
	}
	tree->ops = found == 0 ? &enc_cgroup_v2 : &enc_cgroup_v1;
	if (r < 0) {
		return r;
	}
	if (found == 0 && tree->unified < 0 && search->make) {
		return enc_cgroup_blame(failure, "memory", "is mounted nowhere",
					-ENOTSUP);
	}
	return found != 0 && found != CONTROLLERS
		       ? enc_cgroup_blame(failure, "v1",
					  "lacks memory, pids, cpu or cpuacct",
					  -ENOTSUP)
		       : 0;
}

/* close_roots() - and remove the instance's directories, if they are empty */
static void close_roots(struct enc_cgroup_tree *tree)
{
	for (size_t i = 0; i < tree->root_count; i++) {
		/* The kernel refuses while another instance has groups here. */
		ENC_IGNORE(unlinkat(tree->roots[i].parent_fd, tree->instance,
				    AT_REMOVEDIR));
		enc_fd_close(&tree->roots[i].fd);
		enc_fd_close(&tree->roots[i].parent_fd);
	}
}

static struct enc_cgroup_tree *host_new(const char *instance)
{
	struct enc_cgroup_tree *tree = enc_xalloc(sizeof(*tree));

	ENC_ASSERT(strlen(instance) < sizeof(tree->instance));
	memcpy(tree->instance, instance, strlen(instance));
	return tree;
}

/* find_former() - what the same instance left outside of the unit */
static void find_former(struct enc_cgroup_tree *tree, struct search *search)
{
	struct enc_cgroup_failure failure;

	search->in_unit = false;
	search->make = false;
	tree->former = host_new(tree->instance);
	/* Without it a sweep looks at less. Limits don't need it. */
	if (find_roots(tree->former, search, &failure) < 0) {
		close_roots(tree->former);
		free(ENC_TAKE(tree->former));
	}
}

int enc_cgroup_tree_open(const char *self, const char *instance,
			 struct enc_cgroup_tree **ret_tree,
			 struct enc_cgroup_failure *failure)
{
	struct search *search = enc_xalloc(sizeof(*search));
	struct enc_cgroup_tree *tree = host_new(instance);
	int r = read_self(self, search, failure);

	search->make = true;
	if (r == 0) {
		find_unit(search);
		leave_leaf(&search->mounts);
		tree->in_unit = search->in_unit;
		r = find_roots(tree, search, failure);
	}
	if (r == 0 && tree->ops == &enc_cgroup_v2) {
		r = enable(tree, search->in_unit, failure);
	}
	if (r == 0 && search->in_unit) {
		find_former(tree, search);
	}
	free(search);
	if (r < 0) {
		enc_cgroup_tree_free(tree);
		return r;
	}
	*ret_tree = tree;
	return 0;
}

bool enc_cgroup_tree_in_unit(const struct enc_cgroup_tree *tree)
{
	return tree->in_unit;
}

int enc_cgroup_tree_version(const struct enc_cgroup_tree *tree)
{
	return tree->ops->version;
}

void enc_cgroup_tree_free(struct enc_cgroup_tree *tree)
{
	if (tree == NULL) {
		return;
	}
	if (tree->former != NULL) {
		close_roots(tree->former);
		free(tree->former);
	}
	close_roots(tree);
	free(tree);
}

/* ---- groups that an earlier process left ---- */

/* remove_stubborn() - kill and remove; processes take a moment to end */
static bool remove_stubborn(struct enc_cgroup *group)
{
	for (int round = 0; round < SWEEP_ROUNDS; round++) {
		ENC_IGNORE(enc_cgroup_kill(group)); /* removing tells */
		if (enc_cgroup_remove(group) == 0) {
			return true;
		}
		(void)usleep(SWEEP_WAIT_US); /* rmdir has no event */
	}
	return false;
}

/* sweep_root() - what is in one hierarchy, there and in the others */
static int sweep_root(struct enc_cgroup_tree *tree, int root)
{
	int fd = open_dir(root, ".");
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int swept = 0;

	if (dir == NULL) {
		int error = fd < 0 ? fd : -errno;

		enc_fd_close(&fd);
		return error;
	}
	while ((entry = readdir(dir)) != NULL) {
		struct enc_cgroup *group;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    strlen(entry->d_name) >= ENC_CGROUP_NAME_BYTES) {
			continue;
		}
		group = enc_cgroup_left(tree, entry->d_name);
		swept += remove_stubborn(group) ? 1 : 0;
		enc_cgroup_free(group);
	}
	(void)closedir(dir); /* it was only read */
	return swept;
}

/* sweep_all() - every hierarchy of one place */
static int sweep_all(struct enc_cgroup_tree *tree)
{
	int swept = 0;

	for (size_t i = 0; swept >= 0 && i < tree->root_count; i++) {
		int r = sweep_root(tree, tree->roots[i].fd);

		swept = r < 0 ? r : swept + r;
	}
	return swept;
}

int enc_cgroup_tree_sweep(struct enc_cgroup_tree *tree)
{
	int former = tree->former == NULL ? 0 : sweep_all(tree->former);
	int swept = former < 0 ? former : sweep_all(tree);

	return swept < 0 ? swept : former + swept;
}

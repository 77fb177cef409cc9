/*
 * Finds the place of sandboxes' groups on this machine, and removes groups that
 * an earlier server left there.
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
	/* A process that forks while it is moved needs another round. */
	EMPTY_ROUNDS = 100,
	SWEEP_ROUNDS = 200,
	SWEEP_WAIT_US = 10000,
	CONTROLLERS = 1U << ENC_CGROUP_MEMORY | 1U << ENC_CGROUP_PIDS |
		      1U << ENC_CGROUP_CPU | 1U << ENC_CGROUP_CPUACCT,
};

/* The search for the place of groups. */
struct search {
	struct enc_cgroup_mounts mounts;
	/*
	 * Path of the own unit's group, such as "/system.slice/x.service"; or
	 * "".
	 */
	char unit[ENC_CGROUP_PATH_BYTES];
	bool in_unit;
	bool make;	       /* create directories that are missing */
	char path[PATH_BYTES]; /* buffer for paths, also for messages */
};

/* ---- one hierarchy ---- */

static int open_dir(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* open_made() - open a directory; with @make, make it if it is missing */
static int open_made(int dir, const char *name, bool make)
{
	if (make && mkdirat(dir, name, 0755) < 0 && errno != EEXIST) {
		return -errno;
	}
	return open_dir(dir, name);
}

/* open_base() - open <mount>/enclave, or the unit's own group */
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

/*
 * name_root() - set the controllers of a hierarchy; the first one is its name
 */
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

/* is_delegated() - whether systemd has marked a unit's group with Delegate= */
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
 * find_unit() - find out whether the own group is delegated. After the move to
 * <unit>/enclaved the unit's group is the one above; only that has the mark.
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

/*
 * leave_leaf() - remove /enclaved from the end of own groups, as find_unit()
 * does
 */
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
			/* Only read: errors do not matter. */
			(void)fclose(groups);
		}
		return enc_cgroup_blame(failure, "mounts", search->path, error);
	}
	enc_cgroup_mounts_read(mountinfo, groups, &search->mounts);
	(void)fclose(mountinfo); /* only read: errors do not matter */
	if (groups != NULL) {
		(void)fclose(groups);
	}
	return 0;
}

/* ---- v2 ---- */

/*
 * read_list() - read a group's pids, one per line. Return: 0 or a negative
 * errno
 */
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

/* is_listed() - whether a group's list has @number now */
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
 * move_one() - move the process with a listed pid to @leaf
 *
 * The process may be dead by now, and the pid reused. If the pid is still
 * listed after a pidfd was opened for it, the process of the pidfd is in the
 * group. The move follows one system call later: the kernel can move processes
 * only by pid.
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

	/* The next round reads a pid that was cut off here. */
	for (char *at = pids; r == 0 && strchr(at, '\n') != NULL;) {
		char *end = strchr(at, '\n');

		*end = '\0';
		r = move_one(unit, leaf, at);
		at = end + 1;
	}
	return r;
}

/*
 * pass_on() - enable controllers for the groups below. Return: -EBUSY if the
 * group has processes
 */
static int pass_on(int dir)
{
	return enc_fd_write_file(dir, "cgroup.subtree_control",
				 "+memory +pids +cpu");
}

/*
 * enable_unit() - move the unit's own processes to a leaf, then enable
 * controllers below the unit
 */
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

/*
 * enable() - v2: enable controllers in every group above the sandboxes' groups
 */
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

/* ---- the tree ---- */

/* blame_lack() - name the controllers that v1 lacks. Return: -ENOTSUP */
static int blame_lack(unsigned int lacking, struct enc_cgroup_failure *failure)
{
	char text[64] = "lacks";
	size_t length = strlen(text);

	for (unsigned int kind = 0; kind < ENC_CGROUP_KIND_MAX; kind++) {
		if ((lacking & (1U << kind)) != 0) {
			length += (size_t)snprintf(
				text + length, sizeof(text) - length, " %s",
				enc_cgroup_kind_name((enum enc_cgroup_kind)
							     kind));
		}
	}
	return enc_cgroup_blame(failure, "v1", text, -ENOTSUP);
}

/*
 * choose_version() - v2 has the limits only if v1 has no controller. A mixture
 * is refused before anything is made: systemd's hybrid layout is one on kernels
 * without the memory controller of v1 (CONFIG_MEMCG_V1), such as Debian's 6.12.
 */
static int choose_version(struct enc_cgroup_tree *tree,
			  const struct search *search,
			  struct enc_cgroup_failure *failure)
{
	unsigned int found = 0;

	for (size_t i = 0; i < search->mounts.count; i++) {
		found |= search->mounts.rows[i].kinds & CONTROLLERS;
	}
	tree->ops = found == 0 ? &enc_cgroup_v2 : &enc_cgroup_v1;
	if (found != 0) {
		return found == CONTROLLERS
			       ? 0
			       : blame_lack(CONTROLLERS & ~found, failure);
	}
	return enc_cgroup_mounts_find(&search->mounts, ENC_CGROUP_UNIFIED) ==
			       NULL
		       ? enc_cgroup_blame(failure, "memory",
					  "is mounted nowhere", -ENOTSUP)
		       : 0;
}

/* find_roots() - find all hierarchies, and with search->make make directories */
static int find_roots(struct enc_cgroup_tree *tree, struct search *search,
		      struct enc_cgroup_failure *failure)
{
	int r;

	tree->unified = -1;
	r = choose_version(tree, search, failure);
	for (size_t i = 0; r == 0 && i < search->mounts.count; i++) {
		const struct enc_cgroup_mount *row = &search->mounts.rows[i];

		if ((row->kinds & (CONTROLLERS | 1U << ENC_CGROUP_UNIFIED)) !=
		    0) {
			r = add_root(tree, search, row, failure);
			/*
			 * A missing directory is an error only if it should
			 * have been made.
			 */
			r = r == -ENOENT && !search->make ? 0 : r;
		}
	}
	return r;
}

/*
 * close_roots() - close all hierarchies, and remove the instance's directories
 * if they are empty
 */
static void close_roots(struct enc_cgroup_tree *tree)
{
	for (size_t i = 0; i < tree->root_count; i++) {
		/*
		 * The kernel refuses this while another instance has groups
		 * here.
		 */
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

/* find_former() - find groups of the same instance outside of the unit */
static void find_former(struct enc_cgroup_tree *tree, struct search *search)
{
	struct enc_cgroup_failure failure;

	search->in_unit = false;
	search->make = false;
	tree->former = host_new(tree->instance);
	/*
	 * If this fails, a sweep may miss old groups; limits aren't affected.
	 */
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

/* ---- groups of an earlier server ---- */

/*
 * remove_stubborn() - kill the processes of a group and remove it; tries again
 * while processes are ending
 */
static bool remove_stubborn(struct enc_cgroup *group)
{
	for (int round = 0; round < SWEEP_ROUNDS; round++) {
		/* The removal shows whether the kill worked. */
		ENC_IGNORE(enc_cgroup_kill(group));
		if (enc_cgroup_remove(group) == 0) {
			return true;
		}
		/* No event reports that rmdir would succeed. */
		(void)usleep(SWEEP_WAIT_US);
	}
	return false;
}

/*
 * sweep_root() - remove the groups found in one hierarchy, from all hierarchies
 */
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
	(void)closedir(dir); /* only read: errors do not matter */
	return swept;
}

/* sweep_all() - sweep every hierarchy of a tree */
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

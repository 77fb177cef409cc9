#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup_impl.h"
#include "fd.h"

static const char program_name[] = "program";
static const char gate_name[] = "gate";
static const char swap_file[] = "memory.swap.max";

enum {
	FILE_BYTES = 8192,
};

int enc_cgroup_blame(struct enc_cgroup_failure *failure, const char *controller,
		     const char *file, int error)
{
	(void)snprintf(failure->object, sizeof(failure->object), "cgroup %s %s",
		       controller, file);
	return error;
}

int enc_cgroup_dir(const struct enc_cgroup *group, const char *controller)
{
	for (size_t i = 0; i < group->tree->root_count; i++) {
		const struct enc_cgroup_root *root = &group->tree->roots[i];

		if (strcmp(root->controller, controller) == 0) {
			return (int)i == group->tree->unified &&
					       group->program >= 0
				       ? group->program
				       : group->dirs[i];
		}
		for (size_t j = 0; j < ENC_COUNT(root->others); j++) {
			if (root->others[j] != NULL &&
			    strcmp(root->others[j], controller) == 0) {
				return group->dirs[i];
			}
		}
	}
	return strcmp(controller, "cpu") == 0 && group->tree->unified >= 0
		       ? group->dirs[group->tree->unified]
		       : -1;
}

int enc_cgroup_number(const struct enc_cgroup *group, const char *controller,
		      const char *file, uint64_t *ret_value)
{
	char text[64];
	char *end;
	uint64_t value;
	int r = enc_fd_read_file(enc_cgroup_dir(group, controller), file, text,
				 sizeof(text));

	if (r < 0) {
		return r;
	}
	errno = 0;
	value = strtoull(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0) {
		return -EBADMSG;
	}
	*ret_value = value;
	return 0;
}

int enc_cgroup_field(const struct enc_cgroup *group, const char *controller,
		     const char *file, const char *key, uint64_t *ret_value)
{
	char text[FILE_BYTES];
	size_t key_length = strlen(key);
	int r = enc_fd_read_file(enc_cgroup_dir(group, controller), file, text,
				 sizeof(text));

	if (r < 0) {
		return r;
	}
	for (char *line = text; line != NULL && *line != '\0';) {
		char *next = strchr(line, '\n');

		if (strncmp(line, key, key_length) == 0 &&
		    line[key_length] == ' ') {
			*ret_value = strtoull(line + key_length, NULL, 10);
			return 0;
		}
		line = next == NULL ? NULL : next + 1;
	}
	return -EBADMSG;
}

int enc_cgroup_set(const struct enc_cgroup *group,
		   const struct enc_cgroup_setting *settings, size_t count,
		   struct enc_cgroup_failure *failure)
{
	for (size_t i = 0; i < count; i++) {
		const struct enc_cgroup_setting *one = &settings[i];
		char text[32];
		int r;

		(void)snprintf(text, sizeof(text), "%llu",
			       (unsigned long long)one->value);
		r = enc_fd_write_file(enc_cgroup_dir(group, one->controller),
				      one->file, text);
		if (r < 0 && !(r == -ENOENT && one->may_lack)) {
			return enc_cgroup_blame(failure, one->controller,
						one->file, r);
		}
	}
	return 0;
}

/* group_new() - make a group, without opening a directory */
static struct enc_cgroup *group_new(struct enc_cgroup_tree *tree,
				    const char *name)
{
	struct enc_cgroup *group = enc_xalloc(sizeof(*group));

	group->tree = tree;
	ENC_ASSERT(strlen(name) < sizeof(group->name));
	memcpy(group->name, name, strlen(name));
	for (size_t i = 0; i < ENC_CGROUP_DIRS_MAX; i++) {
		group->dirs[i] = -1;
	}
	for (size_t i = 0; i < ENC_CGROUP_EVENTS_MAX; i++) {
		group->events[i] = -1;
	}
	group->program = -1;
	group->gate = -1;
	return group;
}

/*
 * open_dirs() - open the group's directory in each hierarchy; with @make they
 * are made, otherwise a missing one stays -1
 */
static int open_dirs(struct enc_cgroup *group, bool make,
		     struct enc_cgroup_failure *failure)
{
	for (size_t i = 0; i < group->tree->root_count; i++) {
		const struct enc_cgroup_root *root = &group->tree->roots[i];

		if (make && mkdirat(root->fd, group->name, 0755) < 0) {
			return enc_cgroup_blame(failure, root->controller,
						group->name, -errno);
		}
		group->dirs[i] = openat(root->fd, group->name,
					O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (make && group->dirs[i] < 0) {
			return enc_cgroup_blame(failure, root->controller,
						group->name, -errno);
		}
	}
	return 0;
}

/* make_below() - v2: make a directory within the group's own */
static int make_below(const struct enc_cgroup *group, const char *name)
{
	int dir = group->dirs[group->tree->unified];
	int fd =
		mkdirat(dir, name, 0755) < 0
			? -1
			: openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/*
 * divide() - v2: make one directory for the program and one for the gate; their
 * CPU limit is common
 */
static int divide(struct enc_cgroup *group, struct enc_cgroup_failure *failure)
{
	int r = enc_fd_write_file(group->dirs[group->tree->unified],
				  "cgroup.subtree_control", "+memory +pids");

	if (r < 0) {
		return enc_cgroup_blame(failure, "unified",
					"cgroup.subtree_control", r);
	}
	group->program = make_below(group, program_name);
	group->gate = make_below(group, gate_name);
	if (group->program < 0 || group->gate < 0) {
		return enc_cgroup_blame(failure, "unified", group->name,
					ENC_MIN(group->program, group->gate));
	}
	/* A gate holds credentials. Some kernels lack the file. */
	r = enc_fd_write_file(group->gate, swap_file, "0");
	return r == 0 || r == -ENOENT
		       ? 0
		       : enc_cgroup_blame(failure, "unified", swap_file, r);
}

struct enc_cgroup *enc_cgroup_left(struct enc_cgroup_tree *tree,
				   const char *name)
{
	struct enc_cgroup *group = group_new(tree, name);
	struct enc_cgroup_failure failure;

	/* A directory that is missing needn't be removed. */
	ENC_IGNORE(open_dirs(group, /* make= */ false, &failure));
	return group;
}

int enc_cgroup_new(struct enc_cgroup_tree *tree, const char *name,
		   const struct enc_cgroup_limits *limits,
		   struct enc_cgroup **ret_group,
		   struct enc_cgroup_failure *failure)
{
	struct enc_cgroup *group = group_new(tree, name);
	int r = open_dirs(group, /* make= */ true, failure);

	if (r == 0 && tree->ops == &enc_cgroup_v2) {
		r = divide(group, failure);
	}
	if (r == 0) {
		r = tree->ops->limit(group, limits, failure);
	}
	if (r == 0) {
		r = tree->ops->watch(group, failure);
	}
	if (r < 0) {
		/* The new group has no processes, so it can be removed. */
		ENC_IGNORE(enc_cgroup_remove(group));
		enc_cgroup_free(group);
		return r;
	}
	*ret_group = group;
	return 0;
}

int enc_cgroup_limit(struct enc_cgroup *group,
		     const struct enc_cgroup_limits *limits,
		     uint64_t *ret_used_bytes,
		     struct enc_cgroup_failure *failure)
{
	int r = group->tree->ops->limit(group, limits, failure);

	if (r == -EBUSY) {
		int read = group->tree->ops->used(group, ret_used_bytes);

		r = read < 0 ? read : -EBUSY;
	}
	return r;
}

int enc_cgroup_clone_fd(const struct enc_cgroup *group)
{
	return group->tree->unified < 0 ? -1 : enc_cgroup_dir(group, "unified");
}

int enc_cgroup_gate_fd(const struct enc_cgroup *group)
{
	return group->gate;
}

int enc_cgroup_join_cpu(const struct enc_cgroup *group)
{
	return group->tree->ops->join_cpu(group);
}

int enc_cgroup_set_cpu(const struct enc_cgroup *group, uint64_t cpu_millis)
{
	return group->tree->ops->set_cpu(group, cpu_millis);
}

int enc_cgroup_join(const struct enc_cgroup *group)
{
	return group->tree->ops->join(group);
}

bool enc_cgroup_events(const struct enc_cgroup *group,
		       int ret_fds[ENC_CGROUP_EVENTS_MAX], uint32_t *ret_events)
{
	memcpy(ret_fds, group->events, sizeof(group->events));
	*ret_events = group->tree->ops->poll_events;
	return group->tree->ops->events_tell_pids;
}

void enc_cgroup_heard(struct enc_cgroup *group, int fd)
{
	group->tree->ops->heard(group, fd);
}

int enc_cgroup_read(const struct enc_cgroup *group,
		    struct enc_cgroup_counters *ret_counters)
{
	return group->tree->ops->read(group, ret_counters);
}

/* open_procs() - open a new list of the group's processes */
static int open_procs(void *context)
{
	const struct enc_cgroup *group = context;
	int fd = openat(enc_cgroup_dir(group, "pids"), "cgroup.procs",
			O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int enc_cgroup_kill(const struct enc_cgroup *group)
{
	int unified = enc_cgroup_clone_fd(group);

	if (unified >= 0) {
		return enc_fd_write_file(unified, "cgroup.kill", "1");
	}
	return enc_cgroup_kill_each(open_procs, (void *)(uintptr_t)group);
}

/*
 * remove_below() - v2: remove the directories that divide() makes, also those
 * of an earlier server
 */
static void remove_below(struct enc_cgroup *group)
{
	static const char *const names[] = { program_name, gate_name };
	int dir = group->dirs[group->tree->unified];

	for (size_t i = 0; i < ENC_COUNT(names); i++) {
		/* A failure shows when the directory above is removed. */
		ENC_IGNORE(unlinkat(dir, names[i], AT_REMOVEDIR));
	}
}

int enc_cgroup_remove(struct enc_cgroup *group)
{
	int result = 0;

	if (group->tree->ops == &enc_cgroup_v2 && group->tree->unified >= 0 &&
	    group->dirs[group->tree->unified] >= 0) {
		remove_below(group);
	}
	for (size_t i = 0; i < group->tree->root_count; i++) {
		if (group->dirs[i] < 0) {
			continue;
		}
		if (unlinkat(group->tree->roots[i].fd, group->name,
			     AT_REMOVEDIR) == 0 ||
		    errno == ENOENT) {
			enc_fd_close(&group->dirs[i]);
		} else {
			result = -errno;
		}
	}
	return result;
}

void enc_cgroup_free(struct enc_cgroup *group)
{
	if (group == NULL) {
		return;
	}
	for (size_t i = 0; i < ENC_CGROUP_DIRS_MAX; i++) {
		enc_fd_close(&group->dirs[i]);
	}
	for (size_t i = 0; i < ENC_CGROUP_EVENTS_MAX; i++) {
		enc_fd_close(&group->events[i]);
	}
	enc_fd_close(&group->program);
	enc_fd_close(&group->gate);
	free(group);
}

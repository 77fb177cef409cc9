#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup_impl.h"
#include "fd.h"

static const char base_name[] = "enclave";

/* What must be there, wherever it is. */
static const char *const controllers[] = { "memory", "pids", "cpu", "cpuacct" };

enum {
	LINE_BYTES = 4096,
	FILE_BYTES = 8192,
	KILL_ROUNDS = 1000, /* pure v1: one more for each that was forked */
	SWEEP_ROUNDS = 200,
	SWEEP_WAIT_US = 10000,
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
	for (size_t i = 0; i < group->host->root_count; i++) {
		if (strcmp(group->host->roots[i].controller, controller) == 0) {
			return group->dirs[i];
		}
	}
	return -1;
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

/* ---- the host ---- */

/* has_option() - whether "rw,memory" names an option */
static bool has_option(const char *options, const char *wanted)
{
	size_t length = strlen(wanted);

	for (const char *at = options; at != NULL; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, wanted, length) == 0 &&
		    (at[length] == ',' || at[length] == '\0')) {
			return true;
		}
	}
	return false;
}

/* add_root() - open <mount>/enclave/<instance>, made if needed */
static int add_root(struct enc_cgroup_host *host, const char *controller,
		    const char *mount)
{
	enc_autoclose int top = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct enc_cgroup_root root = { .controller = controller,
					.fd = -1,
					.parent_fd = -1 };

	if (host->root_count == ENC_CGROUP_DIRS_MAX || top < 0 ||
	    (mkdirat(top, base_name, 0755) < 0 && errno != EEXIST)) {
		return -errno;
	}
	root.parent_fd =
		openat(top, base_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root.parent_fd < 0 ||
	    (mkdirat(root.parent_fd, host->instance, 0755) < 0 &&
	     errno != EEXIST)) {
		int error = -errno;

		enc_fd_close(&root.parent_fd);
		return error;
	}
	root.fd = openat(root.parent_fd, host->instance,
			 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root.fd < 0) {
		int error = -errno;

		enc_fd_close(&root.parent_fd);
		return error;
	}
	host->roots[host->root_count++] = root;
	return 0;
}

/* add_mount() - what one line of the mount table brings */
static int add_mount(struct enc_cgroup_host *host, char *line,
		     struct enc_cgroup_failure *failure)
{
	char *tail = strstr(line, " - ");
	char mount[LINE_BYTES];
	char kind[32];
	char options[LINE_BYTES];
	int r = 0;

	if (tail == NULL ||
	    sscanf(line, "%*s %*s %*s %*s %4095s", mount) != 1 ||
	    sscanf(tail, " - %31s %*s %4095s", kind, options) != 2) {
		return 0;
	}
	if (strcmp(kind, "cgroup2") == 0 && host->unified < 0) {
		host->unified = (int)host->root_count;
		r = add_root(host, "unified", mount);
		return r < 0 ? enc_cgroup_blame(failure, "unified", mount, r)
			     : 0;
	}
	for (size_t i = 0; r == 0 && strcmp(kind, "cgroup") == 0 &&
			   i < ENC_COUNT(controllers);
	     i++) {
		bool known = false;

		for (size_t j = 0; j < host->root_count; j++) {
			known |= strcmp(host->roots[j].controller,
					controllers[i]) == 0;
		}
		if (!known && has_option(options, controllers[i])) {
			r = add_root(host, controllers[i], mount);
			if (r < 0) {
				enc_cgroup_blame(failure, controllers[i], mount,
						 r);
			}
		}
	}
	return r;
}

static int read_mounts(struct enc_cgroup_host *host, const char *mountinfo,
		       struct enc_cgroup_failure *failure)
{
	FILE *file = fopen(mountinfo, "re");
	char line[3 * LINE_BYTES];
	int r = 0;

	if (file == NULL) {
		return enc_cgroup_blame(failure, "mounts", mountinfo, -errno);
	}
	while (r == 0 && fgets(line, sizeof(line), file) != NULL) {
		r = add_mount(host, line, failure);
	}
	(void)fclose(file); /* it was only read */
	return r;
}

/* enable() - v2: controllers reach a group only through all above it */
static int enable(struct enc_cgroup_host *host,
		  struct enc_cgroup_failure *failure)
{
	static const char wanted[] = "+memory +pids +cpu";
	struct enc_cgroup_root *root = &host->roots[host->unified];
	int dirs[] = { -1, root->parent_fd, root->fd };
	enc_autoclose int top = openat(root->parent_fd, "..",
				       O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dirs[0] = top;
	for (size_t i = 0; i < ENC_COUNT(dirs); i++) {
		int r = enc_fd_write_file(dirs[i], "cgroup.subtree_control",
					  wanted);

		if (r < 0) {
			return enc_cgroup_blame(failure, "unified",
						"cgroup.subtree_control", r);
		}
	}
	return 0;
}

int enc_cgroup_host_open(const char *mountinfo, const char *instance,
			 struct enc_cgroup_host **ret_host,
			 struct enc_cgroup_failure *failure)
{
	struct enc_cgroup_host *host = enc_xalloc(sizeof(*host));
	size_t on_v1;
	int r;

	host->unified = -1;
	ENC_ASSERT(strlen(instance) < sizeof(host->instance));
	memcpy(host->instance, instance, strlen(instance));
	r = read_mounts(host, mountinfo, failure);
	if (r < 0) {
		enc_cgroup_host_free(host);
		return r;
	}
	on_v1 = host->root_count - (host->unified >= 0 ? 1 : 0);
	host->ops = on_v1 == 0 ? &enc_cgroup_v2 : &enc_cgroup_v1;
	if (on_v1 == 0 && host->unified < 0) {
		r = enc_cgroup_blame(failure, "memory", "is mounted nowhere",
				     -ENOTSUP);
	} else if (on_v1 == 0) {
		r = enable(host, failure);
	} else if (on_v1 < ENC_COUNT(controllers)) {
		r = enc_cgroup_blame(failure, "v1",
				     "lacks memory, pids, cpu or cpuacct",
				     -ENOTSUP);
	}
	if (r < 0) {
		enc_cgroup_host_free(host);
		return r;
	}
	*ret_host = host;
	return 0;
}

int enc_cgroup_host_version(const struct enc_cgroup_host *host)
{
	return host->ops->version;
}

void enc_cgroup_host_free(struct enc_cgroup_host *host)
{
	if (host == NULL) {
		return;
	}
	for (size_t i = 0; i < host->root_count; i++) {
		/* The last one out: refused while something is inside. */
		ENC_IGNORE(unlinkat(host->roots[i].parent_fd, host->instance,
				    AT_REMOVEDIR));
		enc_fd_close(&host->roots[i].fd);
		enc_fd_close(&host->roots[i].parent_fd);
	}
	free(host);
}

/* ---- groups ---- */

static struct enc_cgroup *group_new(struct enc_cgroup_host *host,
				    const char *name)
{
	struct enc_cgroup *group = enc_xalloc(sizeof(*group));

	group->host = host;
	ENC_ASSERT(strlen(name) < sizeof(group->name));
	memcpy(group->name, name, strlen(name));
	for (size_t i = 0; i < ENC_CGROUP_DIRS_MAX; i++) {
		group->dirs[i] = -1;
	}
	for (size_t i = 0; i < ENC_CGROUP_EVENTS_MAX; i++) {
		group->events[i] = -1;
	}
	return group;
}

/* open_dirs() - of every hierarchy; those that are missing stay -1 */
static int open_dirs(struct enc_cgroup *group, bool make,
		     struct enc_cgroup_failure *failure)
{
	for (size_t i = 0; i < group->host->root_count; i++) {
		const struct enc_cgroup_root *root = &group->host->roots[i];

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

int enc_cgroup_new(struct enc_cgroup_host *host, const char *name,
		   const struct enc_cgroup_limits *limits,
		   struct enc_cgroup **ret_group,
		   struct enc_cgroup_failure *failure)
{
	struct enc_cgroup *group = group_new(host, name);
	int r = open_dirs(group, /* make= */ true, failure);

	if (r == 0) {
		r = host->ops->limit(group, limits, failure);
	}
	if (r == 0) {
		r = host->ops->watch(group, failure);
	}
	if (r < 0) {
		ENC_IGNORE(enc_cgroup_remove(group)); /* it is empty */
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
	int r = group->host->ops->limit(group, limits, failure);

	if (r == -EBUSY) {
		int read = group->host->ops->used(group, ret_used_bytes);

		r = read < 0 ? read : -EBUSY;
	}
	return r;
}

int enc_cgroup_clone_fd(const struct enc_cgroup *group)
{
	return group->host->unified < 0 ? -1
					: group->dirs[group->host->unified];
}

int enc_cgroup_join(const struct enc_cgroup *group)
{
	return group->host->ops->join(group);
}

bool enc_cgroup_events(const struct enc_cgroup *group,
		       int ret_fds[ENC_CGROUP_EVENTS_MAX], uint32_t *ret_events)
{
	memcpy(ret_fds, group->events, sizeof(group->events));
	*ret_events = group->host->ops->poll_events;
	return group->host->ops->events_tell_pids;
}

void enc_cgroup_heard(struct enc_cgroup *group, int fd)
{
	group->host->ops->heard(group, fd);
}

int enc_cgroup_read(const struct enc_cgroup *group,
		    struct enc_cgroup_counters *ret_counters)
{
	return group->host->ops->read(group, ret_counters);
}

/* kill_each() - pure v1 has no kill: signal all that are listed, until none */
static int kill_each(int dir)
{
	for (int round = 0; round < KILL_ROUNDS; round++) {
		char text[FILE_BYTES];
		int r = enc_fd_read_file(dir, "cgroup.procs", text,
					 sizeof(text));
		bool any = false;

		if (r < 0 && r != -E2BIG) {
			return r;
		}
		text[sizeof(text) - 1] = '\0';
		for (char *at = text; *at != '\0';) {
			long pid = strtol(at, &at, 10);

			if (pid > 0) {
				any = true;
				ENC_IGNORE(kill((pid_t)pid, SIGKILL));
			}
			at += *at == '\n';
		}
		if (!any) {
			return 0;
		}
	}
	return -EAGAIN;
}

int enc_cgroup_kill(const struct enc_cgroup *group)
{
	int unified = enc_cgroup_clone_fd(group);

	if (unified >= 0) {
		return enc_fd_write_file(unified, "cgroup.kill", "1");
	}
	return kill_each(enc_cgroup_dir(group, "pids"));
}

int enc_cgroup_remove(struct enc_cgroup *group)
{
	int result = 0;

	for (size_t i = 0; i < group->host->root_count; i++) {
		if (group->dirs[i] < 0) {
			continue;
		}
		if (unlinkat(group->host->roots[i].fd, group->name,
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
	free(group);
}

/* ---- what a former life left ---- */

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

int enc_cgroup_host_sweep(struct enc_cgroup_host *host)
{
	int swept = 0;

	for (size_t i = 0; i < host->root_count; i++) {
		int fd = openat(host->roots[i].fd, ".",
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *dir = fd < 0 ? NULL : fdopendir(fd);
		const struct dirent *entry;

		if (dir == NULL) {
			int error = -errno;

			enc_fd_close(&fd);
			return error;
		}
		while ((entry = readdir(dir)) != NULL) {
			struct enc_cgroup_failure failure;
			struct enc_cgroup *group;

			if (entry->d_type != DT_DIR ||
			    entry->d_name[0] == '.' ||
			    strlen(entry->d_name) >= ENC_CGROUP_NAME_BYTES) {
				continue;
			}
			group = group_new(host, entry->d_name);
			ENC_IGNORE(open_dirs(group, /* make= */ false,
					     &failure)); /* can't fail */
			swept += remove_stubborn(group) ? 1 : 0;
			enc_cgroup_free(group);
		}
		(void)closedir(dir); /* it was only read */
	}
	return swept;
}

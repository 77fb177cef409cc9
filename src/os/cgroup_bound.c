/* Reads how much memory all groups of a tree may use together. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cgroup_impl.h"
#include "fd.h"

enum {
	STAT_BYTES = 8192,
	LEVELS_MAX = 64,
};

/* read_stat() - v1 has the lowest limit from here to the root in one line */
static uint64_t read_stat(int dir)
{
	static const char key[] = "\nhierarchical_memory_limit ";
	char text[STAT_BYTES];
	const char *line;

	if (enc_fd_read_file(dir, "memory.stat", text, sizeof(text)) < 0) {
		return UINT64_MAX;
	}
	line = strstr(text, key);
	return line == NULL ? UINT64_MAX
			    : strtoull(line + strlen(key), NULL, 10);
}

/* read_up() - v2: the lowest limit of a group and those above it */
static uint64_t read_up(int dir)
{
	enc_autoclose int at = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	uint64_t least = UINT64_MAX;
	char text[64];

	/* The root group has no such file, and what is above it neither. */
	for (int i = 0;
	     i < LEVELS_MAX &&
	     enc_fd_read_file(at, "memory.max", text, sizeof(text)) >= 0;
	     i++) {
		int above = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (strcmp(text, "max") != 0) {
			least = ENC_MIN(least,
					(uint64_t)strtoull(text, NULL, 10));
		}
		enc_fd_close(&at);
		at = above;
	}
	return least;
}

uint64_t enc_cgroup_tree_memory(const struct enc_cgroup_tree *tree)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < tree->root_count; i++) {
		const struct enc_cgroup_root *root = &tree->roots[i];

		if (strcmp(root->controller, "memory") == 0) {
			least = read_stat(root->parent_fd);
		} else if (tree->ops->version == 2) {
			least = read_up(root->parent_fd);
		}
	}
	return least;
}

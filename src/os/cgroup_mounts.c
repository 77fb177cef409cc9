#include "cgroup_mounts.h"

/* A line has two paths and options. A longer line is no mount of a cgroup. */
enum { LINE_BYTES = 4 * ENC_CGROUP_PATH_BYTES, WORDS_MAX = 64 };

static const char *const names[ENC_CGROUP_KIND_MAX] = {
	[ENC_CGROUP_MEMORY] = "memory",	  [ENC_CGROUP_PIDS] = "pids",
	[ENC_CGROUP_CPU] = "cpu",	  [ENC_CGROUP_CPUACCT] = "cpuacct",
	[ENC_CGROUP_UNIFIED] = "unified", [ENC_CGROUP_SYSTEMD] = "name=systemd",
};

const char *enc_cgroup_kind_name(enum enc_cgroup_kind kind)
{
	ENC_ASSERT(kind < ENC_CGROUP_KIND_MAX);
	return names[kind];
}

/*
 * kinds_of() - find the kinds in options such as "rw,cpu,cpuacct"; only v1
 * names them
 */
static unsigned int kinds_of(const char *options)
{
	unsigned int kinds = 0;

	while (*options != '\0') {
		size_t length = strcspn(options, ",");

		for (unsigned int kind = 0; kind < ENC_CGROUP_KIND_MAX;
		     kind++) {
			if (kind != ENC_CGROUP_UNIFIED &&
			    strlen(names[kind]) == length &&
			    strncmp(options, names[kind], length) == 0) {
				kinds |= 1U << kind;
			}
		}
		options += length + (options[length] == ',' ? 1 : 0);
	}
	return kinds;
}

/*
 * unescape() - decode \040 and the like, by which mountinfo writes spaces; in
 * place
 */
static void unescape(char *text)
{
	char *out = text;

	for (const char *at = text; *at != '\0'; out++) {
		if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' &&
		    at[2] >= '0' && at[2] <= '7' && at[3] >= '0' &&
		    at[3] <= '7') {
			*out = (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 +
				      (at[3] - '0'));
			at += 4;
		} else {
			*out = *at++;
		}
	}
	*out = '\0';
}

/*
 * read_line() - read a line; false at the end. A line that is too long is
 * skipped.
 */
static bool read_line(FILE *file, char line[LINE_BYTES])
{
	while (fgets(line, LINE_BYTES, file) != NULL) {
		size_t length = strlen(line);
		bool whole = length > 0 && line[length - 1] == '\n';

		if (whole) {
			line[length - 1] = '\0';
		}
		if (whole || feof(file)) {
			return true;
		}
		/* Skip the rest of the long line. */
		while (!whole && fgets(line, LINE_BYTES, file) != NULL) {
			whole = strchr(line, '\n') != NULL;
		}
	}
	return false;
}

/* add_mount() - add the mount of one line of mountinfo, if it is a cgroup's */
static void add_mount(struct enc_cgroup_mounts *mounts, char *line)
{
	char *words[WORDS_MAX];
	char *rest = line;
	size_t count = 0;
	size_t dash = 0;
	unsigned int kinds = 0;
	struct enc_cgroup_mount *row = &mounts->rows[mounts->count];

	while (count < WORDS_MAX &&
	       (words[count] = strsep(&rest, " ")) != NULL) {
		/*
		 * A line of mountinfo has at least these fields before "-": id,
		 * parent, device, root, mount point, options.
		 */
		if (dash == 0 && count > 5 && strcmp(words[count], "-") == 0) {
			dash = count;
		}
		count++;
	}
	if (dash == 0 || count < dash + 4) {
		return;
	}
	if (strcmp(words[dash + 1], "cgroup2") == 0) {
		kinds = 1U << ENC_CGROUP_UNIFIED;
	} else if (strcmp(words[dash + 1], "cgroup") == 0) {
		kinds = kinds_of(words[dash + 3]);
	}
	for (size_t i = 0; i < mounts->count; i++) {
		kinds &= ~mounts->rows[i].kinds;
	}
	unescape(words[3]);
	unescape(words[4]);
	if (kinds == 0 || strlen(words[3]) >= sizeof(row->root) ||
	    strlen(words[4]) >= sizeof(row->top)) {
		return;
	}
	/* Every row has a kind that no other row has, so there is room. */
	ENC_ASSERT(mounts->count < ENC_COUNT(mounts->rows));
	*row = (struct enc_cgroup_mount){ .kinds = kinds };
	memcpy(row->root, words[3], strlen(words[3]));
	memcpy(row->top, words[4], strlen(words[4]));
	mounts->count++;
}

/* place_own() - find the group @path below the mount of @row */
static void place_own(struct enc_cgroup_mount *row, const char *path)
{
	size_t length = strcmp(row->root, "/") == 0 ? 0 : strlen(row->root);
	const char *below = path + length;

	/* A path with "/.." is outside of the cgroup namespace. */
	if (strncmp(path, row->root, length) != 0 ||
	    (*below != '\0' && *below != '/') || strstr(path, "/..") != NULL ||
	    strlen(below) >= sizeof(row->own)) {
		return;
	}
	if (strcmp(below, "/") == 0) {
		below = "";
	}
	memcpy(row->own, below, strlen(below) + 1);
	row->shows_own = true;
}

/*
 * add_group() - read a line such as "4:cpu,cpuacct:/path", or "0::/path" for v2
 */
static void add_group(struct enc_cgroup_mounts *mounts, char *line)
{
	char *path = line;
	const char *number = strsep(&path, ":");
	const char *list = path == NULL ? NULL : strsep(&path, ":");
	unsigned int kinds;

	if (path == NULL || *path != '/') {
		return;
	}
	kinds = strcmp(number, "0") == 0 && *list == '\0'
			? 1U << ENC_CGROUP_UNIFIED
			: kinds_of(list);
	for (size_t i = 0; i < mounts->count; i++) {
		struct enc_cgroup_mount *row = &mounts->rows[i];

		if ((row->kinds & kinds) != 0 && !row->shows_own) {
			place_own(row, path);
		}
	}
}

void enc_cgroup_mounts_read(FILE *mountinfo, FILE *groups,
			    struct enc_cgroup_mounts *ret_mounts)
{
	char *line = enc_xalloc(LINE_BYTES);

	ret_mounts->count = 0;
	while (read_line(mountinfo, line)) {
		add_mount(ret_mounts, line);
	}
	while (groups != NULL && read_line(groups, line)) {
		add_group(ret_mounts, line);
	}
	free(line);
}

const struct enc_cgroup_mount *
enc_cgroup_mounts_find(const struct enc_cgroup_mounts *mounts,
		       enum enc_cgroup_kind kind)
{
	for (size_t i = 0; i < mounts->count; i++) {
		if ((mounts->rows[i].kinds & (1U << kind)) != 0) {
			return &mounts->rows[i];
		}
	}
	return NULL;
}

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "store_dir.h"

enum { HEX_DIGITS = 64 };

static const char prefix[] = "sha256-";

static bool is_name(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length >= ENC_LAUNCH_NAME_BYTES ||
	    strncmp(name, prefix, strlen(prefix)) == 0) {
		return false;
	}
	for (; *name != '\0'; name++) {
		if (!islower((unsigned char)*name) &&
		    !isdigit((unsigned char)*name) && *name != '-') {
			return false;
		}
	}
	return true;
}

/* is_roots() - whether a file belongs to root and nobody else can write it */
static bool is_roots(int fd)
{
	struct stat status;

	return fd >= 0 && fstat(fd, &status) == 0 && status.st_uid == 0 &&
	       (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/*
 * add() - add an environment of the store; a name that is no link to a digest
 * is skipped
 */
static enum enc_code add(const char *dir, int store, const char *name,
			 struct enc_environments *all, struct enc_error *err)
{
	char target[128];
	char path[160];
	ssize_t length = readlinkat(store, name, target, sizeof(target) - 1);
	enc_autoclose int around = -1; /* its owner could replace the root */
	enc_autoclose int root = -1;
	struct enc_environment *row;

	if (!is_name(name) || length != (ssize_t)strlen(prefix) + HEX_DIGITS) {
		return ENC_OK;
	}
	target[length] = '\0';
	if (strncmp(target, prefix, strlen(prefix)) != 0 ||
	    strspn(target + strlen(prefix), "0123456789abcdef") != HEX_DIGITS) {
		return ENC_OK;
	}
	(void)snprintf(path, sizeof(path), "%s/rootfs", target);
	around = openat(store, target, O_PATH | O_DIRECTORY | O_CLOEXEC);
	root = openat(store, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (!is_roots(around) || !is_roots(root)) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"environment %s is damaged or not root's own: "
				"build it again with tools/mkenv %s",
				name, name);
	}
	if (all->count == ENC_COUNT(all->rows)) {
		return enc_fail(err, ENC_LIMIT, "more than %zu environments",
				all->count);
	}
	row = &all->rows[all->count++];
	(void)snprintf(row->name, sizeof(row->name), "%s", name);
	(void)snprintf(row->digest, sizeof(row->digest), "sha256:%.*s",
		       HEX_DIGITS, target + strlen(prefix));
	if (snprintf(row->root, sizeof(row->root), "%s/%s", dir, path) >=
	    (int)sizeof(row->root)) {
		return enc_fail(err, ENC_LIMIT, "the path of %s is too long",
				dir);
	}
	return ENC_OK;
}

enum enc_code enc_environments_open(const char *dir,
				    struct enc_environments *all,
				    struct enc_error *err)
{
	enc_autofree char *real = realpath(dir, NULL);
	int store = real == NULL
			    ? -1
			    : open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = store < 0 ? NULL : fdopendir(store);
	const struct dirent *entry;
	enum enc_code code = ENC_OK;

	*all = (struct enc_environments){ 0 };
	if (entries == NULL) {
		enc_fail(err, ENC_UNAVAILABLE,
			 "no environments in %s (%s): build them with `make "
			 "env`, or name another store with --environments",
			 dir, strerror(errno));
		enc_fd_close(&store);
		return ENC_UNAVAILABLE;
	}
	if (!is_roots(store)) {
		code = enc_fail(err, ENC_UNAVAILABLE,
				"%s can be written by others than root: "
				"`chown root %s && chmod 755 %s`",
				dir, dir, dir);
	}
	while (code == ENC_OK && (entry = readdir(entries)) != NULL) {
		code = add(real, store, entry->d_name, all, err);
	}
	(void)closedir(entries); /* only read: errors do not matter */
	if (code == ENC_OK && all->count == 0) {
		code = enc_fail(err, ENC_UNAVAILABLE,
				"no environment in %s: build one with `make "
				"env`",
				dir);
	}
	return code;
}

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "folder.h"

struct walk {
	enc_folder_file_fn *take;
	void *context;
	struct enc_error *err;
	const char *path; /* the folder that is walked, for messages */
	size_t files;
};

static int not_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

static int by_name(const struct dirent **one, const struct dirent **other)
{
	return strcmp((*one)->d_name, (*other)->d_name);
}

/* take_file() - pass a file on, if there aren't too many */
static enum enc_code take_file(struct walk *walk, const char *path,
			       const char *name)
{
	if (walk->files++ == ENC_FOLDER_FILES_MAX) {
		return enc_fail(walk->err, ENC_LIMIT,
				"%.150s has more than %d files", walk->path,
				ENC_FOLDER_FILES_MAX);
	}
	return walk->take(walk->context, path, name, walk->err);
}

/* Recursion is as deep as ENC_FOLDER_DEPTH_MAX. */
/* NOLINTBEGIN(misc-no-recursion) */
static enum enc_code enter(struct walk *walk, const char *path,
			   const char *name, int depth);

/* visit() - take a file, or enter a folder */
static enum enc_code visit(struct walk *walk, const char *path,
			   const char *name, int depth)
{
	struct stat link;
	struct stat status;

	if (lstat(path, &link) < 0 || stat(path, &status) < 0) {
		return enc_fail(walk->err, ENC_BAD_REQUEST, "%.150s: %s", path,
				strerror(errno));
	}
	if (S_ISREG(status.st_mode)) {
		return take_file(walk, path, name);
	}
	if (!S_ISDIR(status.st_mode) || S_ISLNK(link.st_mode)) {
		return enc_fail(walk->err, ENC_BAD_REQUEST,
				"%.150s is %s; name the files one by one", path,
				S_ISDIR(status.st_mode)
					? "a symbolic link to a folder"
					: "neither a file nor a folder");
	}
	if (depth == ENC_FOLDER_DEPTH_MAX) {
		return enc_fail(walk->err, ENC_LIMIT,
				"%.150s is deeper than %d folders", walk->path,
				ENC_FOLDER_DEPTH_MAX);
	}
	return enter(walk, path, name, depth + 1);
}

static enum enc_code enter(struct walk *walk, const char *path,
			   const char *name, int depth)
{
	enum enc_code code = ENC_OK;
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, not_dots, by_name);

	if (count < 0) {
		return enc_fail(walk->err, ENC_BAD_REQUEST, "%.150s: %s", path,
				strerror(errno));
	}
	for (int i = 0; i < count; i++) {
		const char *entry = entries[i]->d_name;
		enc_autofree char *below = enc_xprintf("%s/%s", path, entry);
		enc_autofree char *shown =
			enc_xprintf("%s%s%s", name, name[0] == '\0' ? "" : "/",
				    entry);

		if (code == ENC_OK) {
			code = visit(walk, below, shown, depth);
		}
		free(entries[i]);
	}
	free(entries);
	return code;
}
/* NOLINTEND(misc-no-recursion) */

enum enc_code enc_folder_walk(const char *path, enc_folder_file_fn *take,
			      void *context, struct enc_error *err)
{
	struct walk walk = {
		.take = take, .context = context, .err = err, .path = path
	};

	return enter(&walk, path, "", 0);
}

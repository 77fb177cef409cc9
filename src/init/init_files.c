#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fd.h"
#include "init_files.h"
#include "init_ids.h"

enum {
	COMPONENT_BYTES = 256,
	DIRECTORY_MODE = 0755,
	READ_BY_ALL = 0444,
	WRITE_BY_ANY = 0222,
};

static const char *const root_paths[ENC_FILE_ROOT_MAX] = {
	[ENC_FILE_WORKLOAD] = "/workload",
	[ENC_FILE_WORK] = "/work",
};

static int open_beneath(int directory, const char *name, uint64_t flags,
			uint64_t mode)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC | O_NOFOLLOW,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, directory, name, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

int enc_init_files_open(struct enc_init_files *files)
{
	files->current = -1;
	for (size_t i = 0; i < ENC_FILE_ROOT_MAX; i++) {
		files->roots[i] = -1;
	}
	for (size_t i = ENC_FILE_INVALID + 1; i < ENC_FILE_ROOT_MAX; i++) {
		files->roots[i] =
			open(root_paths[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (files->roots[i] < 0) {
			int r = -errno;

			enc_init_files_done(files);
			return r;
		}
	}
	return 0;
}

/*
 * forget_current() - close the current file, so that no F_APPEND can continue
 * it
 */
static void forget_current(struct enc_init_files *files)
{
	if (files->current >= 0) {
		close(files->current);
		files->current = -1;
	}
}

void enc_init_files_done(struct enc_init_files *files)
{
	forget_current(files);
	for (size_t i = 0; i < ENC_FILE_ROOT_MAX; i++) {
		if (files->roots[i] >= 0) {
			close(files->roots[i]);
			files->roots[i] = -1;
		}
	}
}

/*
 * enter() - open a directory within @at, and make it if it is missing; takes
 * @at
 */
static int enter(int at, const char *name)
{
	int fd = -1;
	int r = mkdirat(at, name, DIRECTORY_MODE);

	if (r < 0 && errno != EEXIST) {
		fd = -errno;
	} else {
		fd = open_beneath(at, name, O_PATH | O_DIRECTORY, 0);
	}
	close(at);
	return fd;
}

/*
 * open_parent() - open the directory that the file is in; missing directories
 * are made
 * @ret_name: the last component of @path, with NUL
 */
static int open_parent(int root, struct enc_text path,
		       char ret_name[COMPONENT_BYTES])
{
	const char *begin = path.bytes;
	const char *end = path.bytes + path.length;
	int at = fcntl(root, F_DUPFD_CLOEXEC, 0);

	if (at < 0) {
		return -errno;
	}
	while (at >= 0) {
		const char *slash = memchr(begin, '/', (size_t)(end - begin));
		size_t length = (size_t)((slash ? slash : end) - begin);

		if (length >= COMPONENT_BYTES) {
			close(at);
			return -ENAMETOOLONG;
		}
		memcpy(ret_name, begin, length);
		ret_name[length] = '\0';
		if (slash == NULL) {
			return at;
		}
		at = enter(at, ret_name);
		begin = slash + 1;
	}
	return at;
}

/* create_file() - create a file; it belongs to the current effective ids */
static int create_file(int root, const struct enc_message_file *message,
		       mode_t mode)
{
	char name[COMPONENT_BYTES];
	int parent = open_parent(root, message->path, name);
	int fd;

	if (parent < 0) {
		return parent;
	}
	fd = open_beneath(parent, name, O_WRONLY | O_CREAT | O_TRUNC,
			  S_IRUSR | S_IWUSR);
	close(parent);
	if (fd >= 0 && fchmod(fd, mode) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

/*
 * create_as_owner() - create a file that belongs to the owner of its root.
 * Return: a descriptor or a negative errno
 */
static int create_as_owner(const struct enc_init_files *files,
			   const struct enc_message_file *message)
{
	int root = files->roots[message->root];
	mode_t mode = message->mode;
	int fd;
	int r;

	if (message->root == ENC_FILE_WORKLOAD) {
		return create_file(root, message,
				   (mode | READ_BY_ALL) &
					   ~(mode_t)WRITE_BY_ANY);
	}
	r = enc_init_ids_borrow();
	if (r < 0) {
		return r;
	}
	fd = create_file(root, message, mode);
	r = enc_init_ids_return();
	if (r < 0 && fd >= 0) {
		close(fd);
	}
	return r < 0 ? r : fd;
}

static bool is_current(const struct enc_init_files *files,
		       const struct enc_message_file *message)
{
	return files->current >= 0 && files->current_root == message->root &&
	       files->current_length == message->path.length &&
	       memcmp(files->current_path, message->path.bytes,
		      message->path.length) == 0;
}

int enc_init_files_write(struct enc_init_files *files,
			 const struct enc_message_file *message, bool append)
{
	if (append && !is_current(files, message)) {
		return -EPROTO;
	}
	if (!append) {
		int fd = create_as_owner(files, message);

		forget_current(files);
		if (fd < 0) {
			return fd;
		}
		files->current = fd;
		files->current_root = message->root;
		files->current_length = message->path.length;
		memcpy(files->current_path, message->path.bytes,
		       message->path.length);
	}
	return enc_fd_write_all(files->current, message->content,
				message->content_length);
}

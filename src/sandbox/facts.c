#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "facts.h"
#include "fd.h"
#include "limit.h"
#include "shown.h"

enum {
	FILE_MODE = 0444,
	FACT_MAX_BYTES = 1 << 20,
	HOST_MAX_BYTES = 64 << 20, /* /proc/cpuinfo of about 30,000 CPUs */
	MILLIS_PER_CPU = 1000,
	READ_BYTES = 4096,
};

/* write_fn - write the text of a fact. Return: 0 or a negative errno */
typedef int write_fn(struct enc_buf *out);

static write_fn write_cpuinfo;
static write_fn write_stat;

/* A directory comes before what lies in it. */
static const char *const directories[] = {
	"proc",
	"proc/sys",
	"proc/sys/fs",
	"proc/sys/fs/inotify",
	"proc/sys/kernel",
	"proc/sys/kernel/random",
	"proc/sys/net",
	"proc/sys/net/core",
	"proc/sys/vm",
};

/*
 * A fact is a constant text, or is written by a function, or is copied from the
 * host. Copied are limits and versions which a program could find out by
 * trying, and to which programs adapt.
 */
static const struct fact {
	const char *path;
	const char *text;
	write_fn *write;
} facts[] = {
	{ "proc/cmdline", "\n", NULL },
	{ "proc/cpuinfo", NULL, write_cpuinfo },
	{ "proc/filesystems", "nodev\tproc\nnodev\ttmpfs\nnodev\toverlay\n",
	  NULL },
	{ "proc/loadavg", "0.00 0.00 0.00 1/1 1\n", NULL },
	{ "proc/stat", NULL, write_stat },
	{ "proc/sys/fs/inotify/max_queued_events", NULL, NULL },
	{ "proc/sys/fs/inotify/max_user_instances", NULL, NULL },
	{ "proc/sys/fs/inotify/max_user_watches", NULL, NULL },
	{ "proc/sys/fs/nr_open", NULL, NULL },
	{ "proc/sys/fs/pipe-max-size", NULL, NULL },
	{ "proc/sys/kernel/cap_last_cap", NULL, NULL },
	{ "proc/sys/kernel/domainname", "\n", NULL },
	{ "proc/sys/kernel/hostname", "enclave\n", NULL },
	{ "proc/sys/kernel/ngroups_max", NULL, NULL },
	{ "proc/sys/kernel/osrelease", NULL, NULL },
	{ "proc/sys/kernel/ostype", NULL, NULL },
	{ "proc/sys/kernel/overflowgid", NULL, NULL },
	{ "proc/sys/kernel/overflowuid", NULL, NULL },
	/*
	 * The largest possible value: since 6.14 each pid namespace has a limit
	 * of its own.
	 */
	{ "proc/sys/kernel/pid_max", "4194304\n", NULL },
	/*
	 * The kernel's own file is bound over this one, since each read must
	 * give another value.
	 */
	{ "proc/sys/kernel/random/uuid", "", NULL },
	{ "proc/sys/kernel/version", NULL, NULL },
	{ "proc/sys/net/core/somaxconn", NULL, NULL },
	{ "proc/sys/vm/max_map_count", NULL, NULL },
	{ "proc/sys/vm/overcommit_memory", NULL, NULL },
};

int enc_facts_read(const char *path, struct enc_buf *out)
{
	char bytes[READ_BYTES];
	enc_autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = 0;
	int r = 0;

	if (file < 0) {
		return -errno;
	}
	while (r == 0 && (length = read(file, bytes, sizeof(bytes))) > 0) {
		r = enc_buf_append(out, bytes, (size_t)length);
	}
	return r == 0 && length < 0 ? -errno : r;
}

/* read_host() - read a whole file of the host's /proc */
static int read_host(const char *path, struct enc_buf *out)
{
	char absolute[ENC_FACTS_PATH_BYTES];

	(void)snprintf(absolute, sizeof(absolute), "/%s", path);
	return enc_facts_read(absolute, out);
}

/* cpus_most() - of how many CPUs a program can be told (shown.h) */
static uint32_t cpus_most(void)
{
	return (uint32_t)(enc_limit_info(ENC_LIMIT_CPU)->most / MILLIS_PER_CPU);
}

static int write_cpuinfo(struct enc_buf *out)
{
	ENC_AUTO(buf) host = ENC_BUF(HOST_MAX_BYTES);
	int r = read_host("proc/cpuinfo", &host);

	if (r == 0) {
		r = enc_buf_append(&host, "", 1);
	}
	return r < 0 ? r
		     : enc_shown_cut((const char *)enc_buf_bytes(&host),
				     cpus_most(), out);
}

/* write_cpus() - write the CPU lines of @host with no time used */
static int write_cpus(const struct enc_buf *host, struct enc_buf *out)
{
	const char *at = (const char *)enc_buf_bytes(host);
	const char *end = at + host->length;
	int r = 0;

	while (r == 0 && end - at > 3 && memcmp(at, "cpu", 3) == 0) {
		const char *line = memchr(at, '\n', (size_t)(end - at));
		const char *space = memchr(at, ' ', (size_t)(end - at));

		if (line == NULL || space == NULL || space > line) {
			return -EPROTO;
		}
		r = enc_buf_printf(out, "%.*s%s 0 0 0 0 0 0 0 0 0 0\n",
				   (int)(space - at), at,
				   space - at == 3 ? " " : "");
		at = line + 1;
	}
	return r;
}

/*
 * write_stat() - write CPUs and the boot time, which a program could also
 * compute from its clocks
 */
static int write_stat(struct enc_buf *out)
{
	ENC_AUTO(buf) host = ENC_BUF(HOST_MAX_BYTES);
	struct timespec now;
	struct timespec up;
	int r = read_host("proc/stat", &host);

	if (r == 0) {
		r = write_cpus(&host, out);
	}
	if (r < 0) {
		return r;
	}
	/* Reading these two clocks can't fail. */
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)clock_gettime(CLOCK_BOOTTIME, &up);
	return enc_buf_printf(out,
			      "intr 0\nctxt 0\nbtime %" PRId64
			      "\nprocesses 1\nprocs_running 1\n"
			      "procs_blocked 0\n"
			      "softirq 0 0 0 0 0 0 0 0 0 0 0\n",
			      (int64_t)(now.tv_sec - up.tv_sec));
}

/* write_fact() - write a fact; one that the host's kernel lacks is left out */
static int write_fact(int dir, const struct fact *fact)
{
	ENC_AUTO(buf) text = ENC_BUF(FACT_MAX_BYTES);
	enc_autoclose int file = -1;
	int r;

	if (fact->text != NULL) {
		r = enc_buf_append(&text, fact->text, strlen(fact->text));
	} else {
		r = fact->write != NULL ? fact->write(&text)
					: read_host(fact->path, &text);
	}
	if (r < 0) {
		return r == -ENOENT && fact->write == NULL ? 0 : r;
	}
	file = openat(dir, fact->path,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      FILE_MODE);
	if (file < 0 || fchmod(file, FILE_MODE) < 0) {
		return -errno;
	}
	return enc_fd_write_all(file, enc_buf_bytes(&text), text.length);
}

/* make_directory() - make a directory with mode 0755, whatever the umask is */
static int make_directory(int at, const char *path)
{
	if ((mkdirat(at, path, 0755) < 0 && errno != EEXIST) ||
	    fchmodat(at, path, 0755, 0) < 0) {
		return -errno;
	}
	return 0;
}

/*
 * remove_files() - remove all files of a directory, also those of an older
 * version
 */
static int remove_files(int at, const char *path)
{
	int fd = openat(at, path,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (dir == NULL) {
		r = -errno;
		enc_fd_close(&fd);
		return r;
	}
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		if (entry->d_type != DT_DIR &&
		    unlinkat(fd, entry->d_name, 0) < 0 && errno != EISDIR) {
			r = -errno;
		}
	}
	(void)closedir(dir); /* only read: errors do not matter */
	return r;
}

int enc_facts_write(const char *dir, const char **ret_object)
{
	enc_autoclose int fd = -1;
	int r = make_directory(AT_FDCWD, dir);

	*ret_object = "";
	if (r < 0) {
		return r;
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		return -errno;
	}
	for (size_t i = 0; r == 0 && i < ENC_COUNT(directories); i++) {
		*ret_object = directories[i];
		r = make_directory(fd, directories[i]);
		if (r == 0) {
			r = remove_files(fd, directories[i]);
		}
	}
	for (size_t i = 0; r == 0 && i < ENC_COUNT(facts); i++) {
		*ret_object = facts[i].path;
		r = write_fact(fd, &facts[i]);
	}
	return r;
}

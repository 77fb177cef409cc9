#include <string.h>

#include "plan.h"

#define DATA ENC_STEP_F_NODEV
#define QUIET (ENC_STEP_F_NODEV | ENC_STEP_F_NOEXEC)

static const char *const names[ENC_STEP_KIND_MAX] = {
	[ENC_STEP_INVALID] = "invalid",
	[ENC_STEP_TMPFS] = "tmpfs",
	[ENC_STEP_DIRECTORY] = "directory",
	[ENC_STEP_DEVICE] = "device",
	[ENC_STEP_SYMLINK] = "symlink",
	[ENC_STEP_PROC] = "proc",
	[ENC_STEP_PTYS] = "ptys",
	[ENC_STEP_BIND] = "bind",
	[ENC_STEP_SEAL] = "seal",
	[ENC_STEP_SHOWN] = "shown",
	[ENC_STEP_FACT] = "fact",
	[ENC_STEP_MASK_REST] = "mask",
	[ENC_STEP_FILE] = "file",
	[ENC_STEP_HOST_DEVICE] = "host device",
	[ENC_STEP_ENVIRONMENT] = "environment",
};

/*
 * The directories that the program may write. They are on one tmpfs, so that
 * one limit holds for all of them.
 */
static const struct enc_step work_steps[] = {
	{ .kind = ENC_STEP_TMPFS,
	  .target = "tmp",
	  .flags = DATA,
	  .mode = 0755,
	  .inodes = ENC_PLAN_WORK_INODES },
	{ .kind = ENC_STEP_DIRECTORY,
	  .target = "tmp/work",
	  .mode = 0755,
	  .owner = ENC_OWNER_PROGRAM },
	{ .kind = ENC_STEP_DIRECTORY, .target = "tmp/tmp", .mode = 01777 },
	{ .kind = ENC_STEP_DIRECTORY, .target = "tmp/vartmp", .mode = 01777 },
	{ .kind = ENC_STEP_DIRECTORY, .target = "tmp/shm", .mode = 01777 },
	{ .kind = ENC_STEP_BIND, .source = "tmp/work", .target = "work" },
	{ .kind = ENC_STEP_BIND, .source = "tmp/vartmp", .target = "var/tmp" },
	{ .kind = ENC_STEP_TMPFS,
	  .target = "workload",
	  .flags = DATA,
	  .mode = 0755,
	  .size_bytes = ENC_PLAN_WORKLOAD_BYTES,
	  .inodes = ENC_PLAN_WORKLOAD_INODES },
};

static const struct enc_step dev_steps[] = {
	{ .kind = ENC_STEP_TMPFS,
	  .target = "dev",
	  .flags = ENC_STEP_F_NOEXEC,
	  .mode = 0755,
	  .size_bytes = ENC_PLAN_DEV_BYTES,
	  .inodes = 32 },
	{ .kind = ENC_STEP_DEVICE,
	  .target = "dev/null",
	  .major = 1,
	  .minor = 3 },
	{ .kind = ENC_STEP_DEVICE,
	  .target = "dev/zero",
	  .major = 1,
	  .minor = 5 },
	{ .kind = ENC_STEP_DEVICE,
	  .target = "dev/full",
	  .major = 1,
	  .minor = 7 },
	{ .kind = ENC_STEP_DEVICE,
	  .target = "dev/random",
	  .major = 1,
	  .minor = 8 },
	{ .kind = ENC_STEP_DEVICE,
	  .target = "dev/urandom",
	  .major = 1,
	  .minor = 9 },
	/* Without a controlling terminal it can't be opened, as everywhere. */
	{ .kind = ENC_STEP_DEVICE,
	  .target = "dev/tty",
	  .major = 5,
	  .minor = 0 },
	{ .kind = ENC_STEP_DIRECTORY, .target = "dev/pts", .mode = 0755 },
	{ .kind = ENC_STEP_SYMLINK,
	  .target = "dev/ptmx",
	  .source = "pts/ptmx" },
	{ .kind = ENC_STEP_SYMLINK,
	  .target = "dev/fd",
	  .source = "/proc/self/fd" },
	{ .kind = ENC_STEP_SYMLINK,
	  .target = "dev/stdin",
	  .source = "/proc/self/fd/0" },
	{ .kind = ENC_STEP_SYMLINK,
	  .target = "dev/stdout",
	  .source = "/proc/self/fd/1" },
	{ .kind = ENC_STEP_SYMLINK,
	  .target = "dev/stderr",
	  .source = "/proc/self/fd/2" },
	{ .kind = ENC_STEP_DIRECTORY, .target = "dev/shm", .mode = 0755 },
	{ .kind = ENC_STEP_SEAL, .target = "dev" },
	{ .kind = ENC_STEP_PTYS, .target = "dev/pts" },
	{ .kind = ENC_STEP_BIND, .source = "tmp/shm", .target = "dev/shm" },
	/*
	 * The bind of tmp/tmp to /tmp hides the other directories of the tmpfs.
	 */
	{ .kind = ENC_STEP_BIND, .source = "tmp/tmp", .target = "tmp" },
};

/*
 * The names directly below /proc that a program sees, apart from processes. Any
 * other name is masked, also one that a newer kernel adds. A name with a fact
 * (facts.h) shows the fact. docs/design/visible.md says what the other files
 * reveal.
 */
static const char *const proc_names[] = {
	"cmdline",     "cpuinfo", "filesystems", "loadavg", "meminfo",
	"mounts",      "net",	  "self",	 "stat",    "sys",
	"thread-self", "uptime",  "version",
};

static const struct enc_step proc_steps[] = {
	{ .kind = ENC_STEP_SHOWN,
	  .target = "proc",
	  .flags = QUIET,
	  .mode = 0755,
	  .size_bytes = ENC_PLAN_SHOWN_BYTES,
	  .inodes = 8 },
	{ .kind = ENC_STEP_PROC, .target = "proc", .flags = QUIET },
	{ .kind = ENC_STEP_FACT, .target = "proc/cmdline" },
	{ .kind = ENC_STEP_FACT, .target = "proc/cpuinfo" },
	{ .kind = ENC_STEP_FACT, .target = "proc/filesystems" },
	{ .kind = ENC_STEP_FACT, .target = "proc/loadavg" },
	{ .kind = ENC_STEP_FACT, .target = "proc/meminfo" },
	{ .kind = ENC_STEP_FACT, .target = "proc/stat" },
	{ .kind = ENC_STEP_FACT,
	  .target = "proc/sys",
	  .source = "proc/sys/kernel/random/uuid" },
	{ .kind = ENC_STEP_MASK_REST, .target = "proc" },
};

bool enc_plan_shows(const char *name)
{
	for (size_t i = 0; i < ENC_COUNT(proc_names); i++) {
		if (strcmp(proc_names[i], name) == 0) {
			return true;
		}
	}
	return false;
}

static void add(struct enc_plan *plan, struct enc_step step)
{
	ENC_ASSERT(plan->step_count < ENC_PLAN_STEPS_MAX);
	plan->steps[plan->step_count++] = step;
}

static void add_all(struct enc_plan *plan, const struct enc_step *steps,
		    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		add(plan, steps[i]);
	}
}

void enc_plan_make(struct enc_plan *plan, uint64_t disk_bytes,
		   const char *facts)
{
	*plan = (struct enc_plan){ .base = ENC_PLAN_BASE_ENVIRONMENT,
				   .facts = facts };
	add_all(plan, work_steps, ENC_COUNT(work_steps));
	plan->steps[0].size_bytes = disk_bytes;
	add_all(plan, dev_steps, ENC_COUNT(dev_steps));
	add_all(plan, proc_steps, ENC_COUNT(proc_steps));
}

void enc_plan_make_gvisor(struct enc_plan *plan, const char *config,
			  const char *meminfo)
{
	static const char *const directories[] = { "rootfs", "bundle", "run",
						   "tmp",    "proc",   "dev" };

	*plan = (struct enc_plan){ .base = ENC_PLAN_BASE_TMPFS };
	for (size_t i = 0; i < ENC_COUNT(directories); i++) {
		add(plan, (struct enc_step){ .kind = ENC_STEP_DIRECTORY,
					     .target = directories[i],
					     .mode = 0755 });
	}
	add(plan, (struct enc_step){ .kind = ENC_STEP_ENVIRONMENT,
				     .target = "rootfs" });
	add(plan, (struct enc_step){ .kind = ENC_STEP_PROC,
				     .target = "proc",
				     .flags = QUIET });
	add(plan, (struct enc_step){ .kind = ENC_STEP_FILE,
				     .target = "meminfo",
				     .source = meminfo });
	add(plan, (struct enc_step){ .kind = ENC_STEP_BIND,
				     .source = "meminfo",
				     .target = "proc/meminfo" });
	add(plan, (struct enc_step){ .kind = ENC_STEP_FILE,
				     .target = "dev/null",
				     .source = "" });
	add(plan, (struct enc_step){ .kind = ENC_STEP_HOST_DEVICE,
				     .target = "dev/null",
				     .source = "/dev/null" });
	add(plan, (struct enc_step){ .kind = ENC_STEP_FILE,
				     .target = "bundle/config.json",
				     .source = config });
}

const char *enc_step_name(enum enc_step_kind kind)
{
	ENC_ASSERT(kind < ENC_STEP_KIND_MAX);
	return names[kind];
}

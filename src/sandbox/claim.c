#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "claim.h"
#include "fd.h"

enum {
	INIT_TASKS = 1, /* pids are the program's */
	/* systrap keeps two tasks of the host for each process of the guest. */
	HOST_TASKS_PER_PROCESS = 2,
	/*
	 * runsc, gofer and kernel have 25 threads at rest and were seen with
	 * 45: a program within its limit never meets the group's.
	 */
	GVISOR_TASKS = 96,
};
/*
 * gVisor takes 21 MB at rest. A process of the guest was seen with 3.5 MB, its
 * own pages among them, which are the session's: a part is added for the rest.
 */
#define GVISOR_BYTES (UINT64_C(64) << 20)
#define GVISOR_PROCESS_BYTES (UINT64_C(1) << 20)

/*
 * Room for an interpreter that starts and the self-check beside it, and for
 * nothing else; node has a dozen threads and takes 60 MB. The clocks of these
 * don't run, since they are never started.
 */
const struct enc_launch_limits enc_claim_inert = {
	.cpu_millis = 1000,
	.cpu_ms = 30000,
	.wall_ms = 30000,
	.memory_bytes = UINT64_C(256) << 20,
	.disk_bytes = UINT64_C(1) << 20,
	.pids = 64,
};

struct enc_cgroup_limits
enc_claim_group_limits(enum enc_launch_backend backend,
		       const struct enc_launch_limits *limits)
{
	struct enc_cgroup_limits group = {
		.cpu_millis = limits->cpu_millis,
		/* What is written is memory, and charged as such. */
		.memory_bytes = limits->memory_bytes + limits->disk_bytes,
		.pids = limits->pids + INIT_TASKS,
	};

	if (backend == ENC_LAUNCH_BACKEND_GVISOR) {
		group.memory_bytes +=
			GVISOR_BYTES + limits->pids * GVISOR_PROCESS_BYTES;
		group.pids = group.pids * HOST_TASKS_PER_PROCESS + GVISOR_TASKS;
	}
	return group;
}

/* resize() - the tmpfs that @mount shows, whatever namespace that lies in */
static int resize(int mount, uint64_t size_bytes)
{
	enc_autoclose int context =
		fspick(mount, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	char text[32];

	if (context < 0) {
		return -errno;
	}
	(void)snprintf(text, sizeof(text), "%llu",
		       (unsigned long long)size_bytes);
	if (fsconfig(context, FSCONFIG_SET_STRING, "size", text, 0) < 0 ||
	    fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0) {
		return -errno;
	}
	return 0;
}

int enc_claim_apply(const struct enc_claim_cell *cell,
		    struct enc_limits *limits,
		    const struct enc_launch_limits *wanted,
		    struct enc_limits_verdict *ret_over, const char **ret_step)
{
	bool native = cell->backend == ENC_LAUNCH_BACKEND_NATIVE;
	struct enc_limits_verdict over = { .counter_name = "" };
	struct enc_cgroup_limits group =
		enc_claim_group_limits(cell->backend, wanted);
	struct enc_cgroup_failure failure;
	struct enc_cgroup_counters counters = { 0 };
	uint64_t used_bytes = 0;
	int r;

	*ret_step = "what gVisor was started with";
	if (!native && (wanted->disk_bytes != limits->held.disk_bytes ||
			wanted->pids != limits->held.pids)) {
		return -EINVAL;
	}
	r = enc_cgroup_limit(cell->cgroup, &group, &used_bytes, &failure);
	*ret_step = "limits of the cgroup";
	if (r == -EBUSY) {
		over = (struct enc_limits_verdict){ ENC_LAUNCH_CAUSE_MEMORY,
						    used_bytes,
						    wanted->memory_bytes,
						    "memory usage bytes" };
		r = 0;
	}
	if (r == 0 && native) {
		*ret_step = "size of /work";
		r = resize(cell->work, wanted->disk_bytes);
	}
	if (r == 0) {
		*ret_step = "reading the cgroup";
		r = enc_cgroup_read(cell->cgroup, &counters);
	}
	if (r < 0) {
		return r;
	}
	limits->held = *wanted;
	limits->cpu_before_us = counters.cpu_us;
	*ret_over = over;
	return 0;
}

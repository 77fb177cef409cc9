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
const struct enc_limits enc_claim_inert = {
	.value = { [ENC_LIMIT_CPU] = 1000,
		   [ENC_LIMIT_CPU_TIME] = 30000,
		   [ENC_LIMIT_MEMORY] = UINT64_C(256) << 20,
		   [ENC_LIMIT_PIDS] = 64,
		   [ENC_LIMIT_WALL_CLOCK] = 30000,
		   [ENC_LIMIT_DISK] = UINT64_C(1) << 20 },
};

struct enc_cgroup_limits enc_claim_group_limits(enum enc_launch_backend backend,
						const struct enc_limits *limits)
{
	struct enc_cgroup_limits group = {
		.cpu_millis = limits->value[ENC_LIMIT_CPU],
		/* What is written is memory, and charged as such. */
		.memory_bytes = limits->value[ENC_LIMIT_MEMORY] +
				limits->value[ENC_LIMIT_DISK],
		.pids = limits->value[ENC_LIMIT_PIDS] + INIT_TASKS,
	};

	if (backend == ENC_LAUNCH_BACKEND_GVISOR) {
		group.memory_bytes +=
			GVISOR_BYTES +
			limits->value[ENC_LIMIT_PIDS] * GVISOR_PROCESS_BYTES;
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

int enc_claim_apply(const struct enc_claim_cell *cell, struct enc_meter *meter,
		    const struct enc_limits *wanted,
		    struct enc_meter_verdict *ret_over, const char **ret_step)
{
	bool native = cell->backend == ENC_LAUNCH_BACKEND_NATIVE;
	struct enc_meter_verdict over = { .counter_name = "" };
	struct enc_cgroup_limits group =
		enc_claim_group_limits(cell->backend, wanted);
	struct enc_cgroup_failure failure;
	struct enc_cgroup_counters counters = { 0 };
	uint64_t used_bytes = 0;
	int r;

	*ret_step = "what gVisor was started with";
	if (!native && (wanted->value[ENC_LIMIT_DISK] !=
				meter->held.value[ENC_LIMIT_DISK] ||
			wanted->value[ENC_LIMIT_PIDS] !=
				meter->held.value[ENC_LIMIT_PIDS])) {
		return -EINVAL;
	}
	r = enc_cgroup_limit(cell->cgroup, &group, &used_bytes, &failure);
	*ret_step = "limits of the cgroup";
	if (r == -EBUSY) {
		over = (struct enc_meter_verdict){
			ENC_CAUSE_MEMORY, used_bytes,
			wanted->value[ENC_LIMIT_MEMORY], "memory usage bytes"
		};
		r = 0;
	}
	if (r == 0 && native) {
		*ret_step = "size of /work";
		r = resize(cell->work, wanted->value[ENC_LIMIT_DISK]);
	}
	if (r == 0) {
		*ret_step = "reading the cgroup";
		r = enc_cgroup_read(cell->cgroup, &counters);
	}
	if (r < 0) {
		return r;
	}
	meter->held = *wanted;
	meter->cpu_before_us = counters.cpu_us;
	*ret_over = over;
	return 0;
}

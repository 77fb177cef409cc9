/*
 * Theory of operation
 *
 * Pure cgroup v1 has no cgroup.kill: the processes of a group are listed and
 * killed one by one. A pid in the list may be stale: when the signal is sent,
 * its process may be dead and the pid may belong to another process. So a
 * signal is never sent by pid. Instead, a pidfd is opened for the pid, then the
 * list is read again. If the pid is still listed, and the process of the pidfd
 * still lives when the signal is sent, this process is the listed one.
 *
 * The list is read in pieces and by whole lines. Each open() of cgroup.procs
 * makes a new list, and the file position is a pid. So no process that stays in
 * the group is skipped, even if the list changes while it is read.
 *
 * A child that was forked during a round is found by the next round. A process
 * with a pending SIGKILL doesn't fork, so few rounds are needed. Their number
 * is limited, since enclaved's loop must not wait until all processes are dead.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "cgroup_impl.h"
#include "fd.h"

enum {
	ROUNDS_MAX = 10,
	BATCH_MAX = 128, /* limit of pidfds that are open at once */
};

struct target {
	pid_t pid;
	int pidfd;
	bool confirmed; /* also listed after the pidfd was opened */
};

/*
 * Listed processes, and a second list, which is read once all pidfds are open.
 */
struct batch {
	struct target targets[BATCH_MAX];
	size_t count;
	int second; /* opened first, since descriptors may run out */
};

/*
 * is_ours() - whether @pid may be killed. Pid 0 stands for a process of a pid
 * namespace that isn't below this one.
 */
static bool is_ours(pid_t pid)
{
	return pid > 1 && pid != getpid();
}

static void confirm(struct batch *batch, pid_t pid)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->targets[i].pid == pid) {
			batch->targets[i].confirmed = true;
		}
	}
}

/*
 * kill_batch() - kill the processes of @batch that the second list has, too,
 * and empty @batch
 */
static int kill_batch(struct batch *batch)
{
	struct enc_cgroup_list reader = { .fd = batch->second };
	pid_t pid;
	int r = 1;

	while (r == 1) {
		r = enc_cgroup_list_next(&reader, &pid);
		if (r == 1) {
			confirm(batch, pid);
		}
	}
	for (size_t i = 0; i < batch->count; i++) {
		struct target *target = &batch->targets[i];

		if (r == 0 && target->confirmed) {
			/* The process may be dead already. */
			ENC_IGNORE(pidfd_send_signal(target->pidfd, SIGKILL,
						     NULL, 0));
		}
		enc_fd_close(&target->pidfd);
	}
	enc_fd_close(&batch->second);
	batch->count = 0;
	return r;
}

/*
 * add_target() - open a pidfd for @pid and add it to @batch. Return: 1; 0 if
 * the process is gone; a negative errno
 */
static int add_target(struct batch *batch, pid_t pid,
		      enc_cgroup_list_fn *open_list, void *context)
{
	int pidfd;

	if (batch->second < 0) {
		batch->second = open_list(context);
		if (batch->second < 0) {
			return batch->second;
		}
	}
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) {
		/*
		 * EINVAL, ENOENT: the pid now belongs to a thread of another
		 * process.
		 */
		return errno == ESRCH || errno == EINVAL || errno == ENOENT
			       ? 0
			       : -errno;
	}
	batch->targets[batch->count++] = (struct target){ pid, pidfd, false };
	return 1;
}

/*
 * add() - add a process to @batch; if the batch is full, kill its processes
 * first. Return: see add_target()
 */
static int add(struct batch *batch, pid_t pid, enc_cgroup_list_fn *open_list,
	       void *context)
{
	int r = batch->count == BATCH_MAX ? kill_batch(batch) : 0;

	if (r == 0) {
		r = add_target(batch, pid, open_list, context);
	}
	if ((r == -EMFILE || r == -ENFILE) && batch->count > 0) {
		r = kill_batch(batch);
		r = r < 0 ? r : add_target(batch, pid, open_list, context);
	}
	return r;
}

struct round {
	unsigned int found;
	unsigned int foreign; /* processes of a foreign pid namespace */
};

/* kill_round() - kill every listed process. Return: 0 or a negative errno */
static int kill_round(enc_cgroup_list_fn *open_list, void *context,
		      struct batch *batch, struct round *ret_round)
{
	struct enc_cgroup_list reader = { .fd = open_list(context) };
	struct round round = { 0, 0 };
	int last;
	pid_t pid;
	int r = reader.fd < 0 ? reader.fd : 1;

	while (r == 1 && (r = enc_cgroup_list_next(&reader, &pid)) == 1) {
		if (!is_ours(pid)) {
			round.foreign++;
			continue;
		}
		r = add(batch, pid, open_list, context);
		round.found += r == 1 ? 1 : 0;
		r = r == 0 ? 1 : r;
	}
	last = batch->second < 0 ? 0 : kill_batch(batch);
	enc_fd_close(&reader.fd);
	*ret_round = round;
	return r < 0 ? r : last;
}

int enc_cgroup_kill_each(enc_cgroup_list_fn *open_list, void *context)
{
	struct batch *batch = enc_xalloc(sizeof(*batch));
	struct round round = { 1, 0 };
	int r = 0;

	batch->second = -1;
	for (int i = 0; i < ROUNDS_MAX && r == 0 && round.found > 0; i++) {
		r = kill_round(open_list, context, batch, &round);
	}
	free(batch);
	if (r < 0) {
		return r;
	}
	return round.found > 0 ? -EAGAIN : round.foreign > 0 ? -EPERM : 0;
}

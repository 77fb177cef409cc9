#ifndef ENC_BASE_FAILPOINT_H
#define ENC_BASE_FAILPOINT_H

/*
 * Theory of operation
 *
 * A failpoint is a place in the code at which a process can be made to die, as
 * if it had been killed at that moment. There is a failpoint before and after
 * every step whose effects outlive the process, such as writing a file or
 * creating a cgroup. Failpoints are in every build, so that the tested build is
 * the delivered one. A failpoint that isn't armed costs one comparison.
 *
 * ENCLAVE_FAILPOINT=name in the environment of enclaved arms a failpoint;
 * name:n means its n-th pass. If the failpoint is of another program, enclaved
 * passes the name on once: to the first enclave-api in its environment, to the
 * first gate or init as `--failpoint NAME`, since their environment is empty.
 *
 * This opens no hole: whoever can set enclaved's environment can kill enclaved
 * anyway. A sandbox can't arm a failpoint. It can only read in /proc/1/cmdline
 * that its own init has an armed one.
 *
 * The process dies by SIGKILL, with two exceptions. A gate's seccomp filter
 * kills the gate for trying to send a signal (SIGSYS). Pid 1 of a namespace
 * ignores its own signals, so it dies by a trap (SIGILL).
 */

#include "def.h"

/*
 * The failpoints, grouped by program.
 *
 *   X(name, wire name, program, what has happened when it is passed)
 */
/* clang-format off */
#define ENC_FAILPOINTS(X)						\
	X(INSTANCE_BEFORE, "instance-before", "enclaved",		\
	  "the instance's name is written to a temporary file")		\
	X(INSTANCE_AFTER, "instance-after", "enclaved",			\
	  "the instance has its name")					\
	X(SWEEP_BEFORE, "sweep-before", "enclaved",			\
	  "the leftovers of an earlier enclaved exist")			\
	X(SWEEP_AFTER, "sweep-after", "enclaved",			\
	  "the leftovers are removed, not yet logged")			\
	X(GROUP_BEFORE, "group-before", "enclaved",			\
	  "a sandbox has its ids, but no cgroup")			\
	X(GROUP_AFTER, "group-after", "enclaved",			\
	  "the sandbox has a cgroup without processes")			\
	X(NETWORK_AFTER, "network-after", "enclaved",			\
	  "the sandbox's network exists")				\
	X(CHILD_BEFORE, "child-before", "enclaved",			\
	  "the sandbox's descriptors are made")				\
	X(CHILD_AFTER, "child-after", "enclaved",			\
	  "the sandbox's first process runs")				\
	X(GATE_BEFORE, "gate-before", "enclaved",			\
	  "the sandbox's gate is about to be started")			\
	X(GATE_AFTER, "gate-after", "enclaved",				\
	  "the sandbox's gate runs")					\
	X(INERT_BEFORE, "inert-before", "enclaved",			\
	  "the sandbox is made, CREATED isn't sent")			\
	X(INERT_AFTER, "inert-after", "enclaved",			\
	  "CREATED is sent")						\
	X(CLAIM_BEFORE, "claim-before", "enclaved",			\
	  "the sandbox is claimed, limits aren't set")			\
	X(CLAIM_AFTER, "claim-after", "enclaved",			\
	  "the limits are set, CLAIMED isn't sent")			\
	X(START_BEFORE, "start-before", "enclaved",			\
	  "START is received")						\
	X(START_AFTER, "start-after", "enclaved",			\
	  "the sandbox's time limits are running")			\
	X(KILL_BEFORE, "kill-before", "enclaved",			\
	  "the sandbox is about to be killed")				\
	X(KILL_AFTER, "kill-after", "enclaved",				\
	  "the sandbox's cgroup is killed")				\
	X(COUNTERS_BEFORE, "counters-before", "enclaved",		\
	  "the sandbox's first process is reaped")			\
	X(COUNTERS_AFTER, "counters-after", "enclaved",			\
	  "the counters are read, ENDED isn't sent")			\
	X(SETTLE_BEFORE, "settle-before", "enclaved",			\
	  "ENDED is sent")						\
	X(SETTLE_AFTER, "settle-after", "enclaved",			\
	  "the gate was sent the kernel's counters")			\
	X(REMOVE_BEFORE, "remove-before", "enclaved",			\
	  "all processes of the sandbox are reaped")			\
	X(REMOVE_AFTER, "remove-after", "enclaved",			\
	  "the cgroup is removed, GONE isn't sent")			\
	X(SCHEMA_BEFORE, "schema-before", "enclave-api",		\
	  "a new store is written to a temporary file")			\
	X(SCHEMA_AFTER, "schema-after", "enclave-api",			\
	  "the new store has its final name")				\
	X(COMMIT_BEFORE, "commit-before", "enclave-api",		\
	  "a transaction is complete, not committed")			\
	X(COMMIT_AFTER, "commit-after", "enclave-api",			\
	  "the transaction is committed, not reported")			\
	X(CREATED_BEFORE, "created-before", "enclave-api",		\
	  "a session is about to be recorded")				\
	X(CREATED_AFTER, "created-after", "enclave-api",		\
	  "the session is recorded, not answered")			\
	X(STARTED_BEFORE, "started-before", "enclave-api",		\
	  "the session's sandbox is ready")				\
	X(STARTED_AFTER, "started-after", "enclave-api",		\
	  "the start is recorded, START isn't sent")			\
	X(NOTED_BEFORE, "noted-before", "enclave-api",			\
	  "an event of the session was received")			\
	X(NOTED_AFTER, "noted-after", "enclave-api",			\
	  "the event is recorded")					\
	X(ENDED_BEFORE, "ended-before", "enclave-api",			\
	  "the session's result is complete")				\
	X(ENDED_AFTER, "ended-after", "enclave-api",			\
	  "the result is recorded, not answered")			\
	X(SEALED_BEFORE, "sealed-before", "enclave-api",		\
	  "the session's sandbox is gone")				\
	X(SEALED_AFTER, "sealed-after", "enclave-api",			\
	  "the session's record is sealed")				\
	X(RECOVERY_BEFORE, "recovery-before", "enclave-api",		\
	  "an interrupted session is found")				\
	X(RECOVERY_AFTER, "recovery-after", "enclave-api",		\
	  "the end of one such session is recorded")			\
	X(GATE_CHECK_BEFORE, "gate-check-before", "enclave-gate",	\
	  "the network exists, CHECK isn't sent")			\
	X(GATE_CHECK_AFTER, "gate-check-after", "enclave-gate",		\
	  "CHECK is sent")						\
	X(GATE_READY_BEFORE, "gate-ready-before", "enclave-gate",	\
	  "READY is received, but not passed on")			\
	X(GATE_READY_AFTER, "gate-ready-after", "enclave-gate",		\
	  "READY is passed on")						\
	X(GATE_LAUNCH_BEFORE, "gate-launch-before", "enclave-gate",	\
	  "LAUNCH is received, but not passed on")			\
	X(GATE_LAUNCH_AFTER, "gate-launch-after", "enclave-gate",	\
	  "LAUNCH is passed on")					\
	X(GATE_EGRESS_BEFORE, "gate-egress-before", "enclave-gate",	\
	  "an attempt was seen, EGRESS isn't sent")			\
	X(GATE_EGRESS_AFTER, "gate-egress-after", "enclave-gate",	\
	  "EGRESS is sent")						\
	X(GATE_RESULT_BEFORE, "gate-result-before", "enclave-gate",	\
	  "RESULT is received, but not passed on")			\
	X(GATE_RESULT_AFTER, "gate-result-after", "enclave-gate",	\
	  "RESULT is passed on")					\
	X(GATE_EXIT_BEFORE, "gate-exit-before", "enclave-gate",		\
	  "EXIT is received, but not passed on")			\
	X(GATE_EXIT_AFTER, "gate-exit-after", "enclave-gate",		\
	  "EXIT is passed on")						\
	X(GATE_TALLY_BEFORE, "gate-tally-before", "enclave-gate",	\
	  "all is counted, TALLY isn't sent")				\
	X(GATE_TALLY_AFTER, "gate-tally-after", "enclave-gate",		\
	  "TALLY is sent")						\
	X(INIT_READY_BEFORE, "init-ready-before", "enclave-init",	\
	  "the interpreter waits, READY isn't sent")			\
	X(INIT_READY_AFTER, "init-ready-after", "enclave-init",		\
	  "READY is sent")						\
	X(INIT_RUN_BEFORE, "init-run-before", "enclave-init",		\
	  "LAUNCH is received, no program runs")			\
	X(INIT_RUN_AFTER, "init-run-after", "enclave-init",		\
	  "the program runs, STARTED isn't sent")			\
	X(INIT_END_BEFORE, "init-end-before", "enclave-init",		\
	  "the program is reaped, its children still run")		\
	X(INIT_END_AFTER, "init-end-after", "enclave-init",		\
	  "its children are killed, output isn't read")			\
	X(INIT_EXIT_BEFORE, "init-exit-before", "enclave-init",		\
	  "RESULT and EXIT are written, not sent")			\
	X(INIT_EXIT_AFTER, "init-exit-after", "enclave-init",		\
	  "RESULT and EXIT are sent, init still runs")
/* clang-format on */

enum enc_failpoint {
	ENC_FAILPOINT_INVALID,
#define X(name, wire, program, text) ENC_FAILPOINT_##name,
	ENC_FAILPOINTS(X)
#undef X
		ENC_FAILPOINT_MAX,
};

/*
 * The environment variable that arms a failpoint in enclaved and enclave-api.
 */
#define ENC_FAILPOINT_VARIABLE "ENCLAVE_FAILPOINT"

/**
 * enc_failpoint_arm() - arm a failpoint, at which this process will be killed
 * @text:    name, or name:n with n from 1, at most nine digits. NULL, or a
 *           failpoint of another program, arms nothing.
 * @program: the name of the calling program, as in the table
 *
 * Call this before starting threads. Return: 0; -EINVAL if no program has such
 * a failpoint or n isn't such a number.
 */
ENC_NODISCARD int enc_failpoint_arm(const char *text, const char *program);

/**
 * enc_failpoint_of() - tell whether a failpoint must be passed on to a program
 * @text: the text that enc_failpoint_arm() accepted; may be NULL
 *
 * Return: @text if it names a failpoint of @program, else NULL
 */
const char *enc_failpoint_of(const char *text, const char *program);

/*
 * The option of a gate or init that arms a failpoint; the next argument names
 * it.
 */
#define ENC_FAILPOINT_OPTION "--failpoint"

/* enc_failpoint_print() - print the table to stdout: name, program, meaning */
void enc_failpoint_print(void);

/*
 * Used only by enc_failpoint(): the armed failpoint, and the function that
 * counts its passes.
 */
extern enum enc_failpoint enc_failpoint_armed_;
void enc_failpoint_reached_(void);

/*
 * enc_failpoint() - pass the failpoint @at; if it is armed, the n-th pass kills
 * the process
 */
static inline void enc_failpoint(enum enc_failpoint at)
{
	if (__builtin_expect(at == enc_failpoint_armed_, 0)) {
		enc_failpoint_reached_();
	}
}

#endif

#ifndef ENC_BASE_FAILPOINT_H
#define ENC_BASE_FAILPOINT_H

/*
 * Theory of operation
 *
 * A failpoint is a place where a process can be made to die, as if it had been
 * killed from outside just then. One stands on either side of every step that
 * outlives the process: what is written, and what the kernel is asked for.
 * They are in every build, so that what is tried is what is delivered; one that
 * isn't armed costs a comparison.
 *
 * Only enclaved looks at its environment for them (ENCLAVE_FAILPOINT=name or
 * name:n, the n-th time that it is passed). It hands a name of another
 * program's on once: to the first enclave-api by its environment, to the first
 * gate or init that it starts by `--failpoint NAME`, since theirs is empty. Who
 * can set that environment can kill enclaved anyway; a sandbox can arm nothing,
 * and reads no more in /proc/1/cmdline than that its own init is armed.
 *
 * The end is SIGKILL, but where a process can't send itself one: a gate's
 * filter kills it for trying (SIGSYS), and pid 1 of a namespace, which is deaf
 * to its own signals, ends by a trap (SIGILL).
 */

#include "def.h"

/*
 *   X(name, wire name, program, what has happened when it is passed)
 */
/* clang-format off */
#define ENC_FAILPOINTS(X)						\
	X(INSTANCE_BEFORE, "instance-before", "enclaved",		\
	  "the instance's name is written, not yet in its place")	\
	X(INSTANCE_AFTER, "instance-after", "enclaved",			\
	  "the instance has its name")					\
	X(SWEEP_BEFORE, "sweep-before", "enclaved",			\
	  "what a former life left is still there")			\
	X(SWEEP_AFTER, "sweep-after", "enclaved",			\
	  "it is removed, not yet recorded")				\
	X(GROUP_BEFORE, "group-before", "enclaved",			\
	  "a sandbox has its ids, no cgroup")				\
	X(GROUP_AFTER, "group-after", "enclaved",			\
	  "it has a cgroup, nobody is in it")				\
	X(NETWORK_AFTER, "network-after", "enclaved",			\
	  "its network is laid")					\
	X(CHILD_BEFORE, "child-before", "enclaved",			\
	  "its descriptors are made")					\
	X(CHILD_AFTER, "child-after", "enclaved",			\
	  "its first process lives")					\
	X(GATE_BEFORE, "gate-before", "enclaved",			\
	  "its gate is about to be started")				\
	X(GATE_AFTER, "gate-after", "enclaved",				\
	  "its gate lives")						\
	X(INERT_BEFORE, "inert-before", "enclaved",			\
	  "it is made, CREATED not sent")				\
	X(INERT_AFTER, "inert-after", "enclaved",			\
	  "CREATED is sent")						\
	X(CLAIM_BEFORE, "claim-before", "enclaved",			\
	  "it is claimed, its limits are not on")			\
	X(CLAIM_AFTER, "claim-after", "enclaved",			\
	  "its limits are on, CLAIMED not sent")			\
	X(START_BEFORE, "start-before", "enclaved",			\
	  "START has come")						\
	X(START_AFTER, "start-after", "enclaved",			\
	  "its clocks run")						\
	X(KILL_BEFORE, "kill-before", "enclaved",			\
	  "it has to end")						\
	X(KILL_AFTER, "kill-after", "enclaved",				\
	  "its group is killed")					\
	X(COUNTERS_BEFORE, "counters-before", "enclaved",		\
	  "its first process is reaped")				\
	X(COUNTERS_AFTER, "counters-after", "enclaved",			\
	  "its counters are read, ENDED not sent")			\
	X(SETTLE_BEFORE, "settle-before", "enclaved",			\
	  "ENDED is sent")						\
	X(SETTLE_AFTER, "settle-after", "enclaved",			\
	  "its gate knows what the kernel counted")			\
	X(REMOVE_BEFORE, "remove-before", "enclaved",			\
	  "all its processes are reaped")				\
	X(REMOVE_AFTER, "remove-after", "enclaved",			\
	  "its cgroup is removed, GONE not sent")			\
	X(SCHEMA_BEFORE, "schema-before", "enclave-api",		\
	  "a new store is written, not yet in its place")		\
	X(SCHEMA_AFTER, "schema-after", "enclave-api",			\
	  "the store is in its place")					\
	X(COMMIT_BEFORE, "commit-before", "enclave-api",		\
	  "a transaction is complete, not committed")			\
	X(COMMIT_AFTER, "commit-after", "enclave-api",			\
	  "it is committed, nobody has been told")			\
	X(CREATED_BEFORE, "created-before", "enclave-api",		\
	  "a session is about to be recorded")				\
	X(CREATED_AFTER, "created-after", "enclave-api",		\
	  "it is recorded, not answered")				\
	X(STARTED_BEFORE, "started-before", "enclave-api",		\
	  "its sandbox is ready")					\
	X(STARTED_AFTER, "started-after", "enclave-api",		\
	  "its start is recorded, START not sent")			\
	X(NOTED_BEFORE, "noted-before", "enclave-api",			\
	  "an event of it was heard")					\
	X(NOTED_AFTER, "noted-after", "enclave-api",			\
	  "the event is recorded")					\
	X(ENDED_BEFORE, "ended-before", "enclave-api",			\
	  "its result is complete")					\
	X(ENDED_AFTER, "ended-after", "enclave-api",			\
	  "its result is recorded, not answered")			\
	X(SEALED_BEFORE, "sealed-before", "enclave-api",		\
	  "its sandbox is gone")					\
	X(SEALED_AFTER, "sealed-after", "enclave-api",			\
	  "its record is sealed")					\
	X(RECOVERY_BEFORE, "recovery-before", "enclave-api",		\
	  "an interrupted session is found")				\
	X(RECOVERY_AFTER, "recovery-after", "enclave-api",		\
	  "its end is recorded, others may wait")			\
	X(GATE_CHECK_BEFORE, "gate-check-before", "enclave-gate",	\
	  "its network is there, CHECK isn't sent")			\
	X(GATE_CHECK_AFTER, "gate-check-after", "enclave-gate",		\
	  "CHECK is sent")						\
	X(GATE_READY_BEFORE, "gate-ready-before", "enclave-gate",	\
	  "READY has come, it isn't passed on")				\
	X(GATE_READY_AFTER, "gate-ready-after", "enclave-gate",		\
	  "READY is passed on")						\
	X(GATE_LAUNCH_BEFORE, "gate-launch-before", "enclave-gate",	\
	  "LAUNCH has come, it isn't passed on")			\
	X(GATE_LAUNCH_AFTER, "gate-launch-after", "enclave-gate",	\
	  "LAUNCH is passed on")					\
	X(GATE_EGRESS_BEFORE, "gate-egress-before", "enclave-gate",	\
	  "an attempt was seen, EGRESS isn't sent")			\
	X(GATE_EGRESS_AFTER, "gate-egress-after", "enclave-gate",	\
	  "EGRESS is sent")						\
	X(GATE_RESULT_BEFORE, "gate-result-before", "enclave-gate",	\
	  "RESULT has come, it isn't passed on")			\
	X(GATE_RESULT_AFTER, "gate-result-after", "enclave-gate",	\
	  "RESULT is passed on")					\
	X(GATE_EXIT_BEFORE, "gate-exit-before", "enclave-gate",		\
	  "EXIT has come, it isn't passed on")				\
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
	  "LAUNCH has come, no program runs")				\
	X(INIT_RUN_AFTER, "init-run-after", "enclave-init",		\
	  "the program runs, STARTED isn't sent")			\
	X(INIT_END_BEFORE, "init-end-before", "enclave-init",		\
	  "the program is reaped, what it left lives")			\
	X(INIT_END_AFTER, "init-end-after", "enclave-init",		\
	  "what it left is killed, its output isn't read")		\
	X(INIT_EXIT_BEFORE, "init-exit-before", "enclave-init",		\
	  "RESULT and EXIT are written, not sent")			\
	X(INIT_EXIT_AFTER, "init-exit-after", "enclave-init",		\
	  "RESULT and EXIT are sent, it has not exited")
/* clang-format on */

enum enc_failpoint {
	ENC_FAILPOINT_INVALID,
#define X(name, wire, program, text) ENC_FAILPOINT_##name,
	ENC_FAILPOINTS(X)
#undef X
		ENC_FAILPOINT_MAX,
};

/* The environment variable, in enclaved's and from there in enclave-api's. */
#define ENC_FAILPOINT_VARIABLE "ENCLAVE_FAILPOINT"

/**
 * enc_failpoint_arm() - have this process killed at a failpoint
 * @text: name or name:n with n from 1, nine digits at most; NULL or one of
 *        another program arms nothing
 * @program: whose failpoints these are, as in the table
 *
 * To be called before there are threads. Return: 0; -EINVAL if no program has
 * such a failpoint or n isn't a number.
 */
ENC_NODISCARD int enc_failpoint_arm(const char *text, const char *program);

/**
 * enc_failpoint_of() - what is to be handed on to a program
 * @text: as enc_failpoint_arm() took it; NULL is fine
 *
 * Return: @text if it is a failpoint of @program's, else NULL
 */
const char *enc_failpoint_of(const char *text, const char *program);

/* How a gate or init is told, as two arguments: this and what is armed. */
#define ENC_FAILPOINT_OPTION "--failpoint"

/* enc_failpoint_print() - the table to stdout: name, program, meaning */
void enc_failpoint_print(void);

/* For enc_failpoint() alone: what is armed, and being there. */
extern enum enc_failpoint enc_failpoint_armed_;
void enc_failpoint_reached_(void);

/* enc_failpoint() - doesn't return the n-th time, where @at is armed */
static inline void enc_failpoint(enum enc_failpoint at)
{
	if (__builtin_expect(at == enc_failpoint_armed_, 0)) {
		enc_failpoint_reached_();
	}
}

#endif

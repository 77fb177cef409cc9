#ifndef ENC_SANDBOX_CELL_INTERNAL_H
#define ENC_SANDBOX_CELL_INTERNAL_H

/*
 * Internals of a cell. cell_make.c makes a cell, cell_end.c ends it, cell.c has
 * what is between.
 */

#include <stdbool.h>

#include "cell.h"
#include "cell_state.h"
#include "child.h"
#include "meter.h"
#include "net_session.h"

/*
 * The far ends of socket pairs. They are closed here once the children have
 * them.
 */
struct enc_cell_far {
	int setup;
	int orders;
	int control;
	int runner_init;
	int runner_gate;
	int netns_in; /* the child receives the gate's network namespace here */
	int netns_out;
};

/* A watch of one of the cgroup's event descriptors, with its cell. */
struct enc_cell_limit_watch {
	struct enc_watch watch;
	struct enc_cell *cell;
};

struct enc_cell {
	struct enc_list link;
	struct enc_cells *all;
	enum enc_cell_state state;
	const struct enc_cell_place *place;
	const struct enc_way *way; /* copy of place->way */
	uint64_t tag;
	/*
	 * Slot number; -1: the cell has no slot, or the slot must not be
	 * reused.
	 */
	int slot;
	bool destroy_wanted; /* DESTROY has come: GONE must be reported */
	struct enc_meter meter;
	enum enc_cause cause; /* the first cause that was found */
	struct enc_meter_verdict verdict;
	struct enc_cgroup *cgroup;
	struct enc_net_session *network;
	pid_t pid;
	int init; /* pidfd of init; -1: init is reaped */
	int gate; /* pidfd of the gate; -1: the gate is reaped */
	int setup;
	int orders;
	int control; /* enclave-api's end of the gate's stream; sent once */
	int work;    /* mount of /work until CLAIM; or -1 */
	int shown;   /* directory of shown.h's files until CLAIM; or -1 */
	struct enc_shown told; /* what they say */
	cpu_set_t cpus;	       /* those that it started on, if few */
	struct enc_limits made_for;
	uint32_t fixed; /* limits that CLAIM must repeat, by ENC_LIMIT_BIT() */
	int log;	/* log of the way's program; or -1 */
	/* Reason of an early end, or "". */
	char complaint[ENC_LAUNCH_TEXT_BYTES];
	struct enc_cell_far far;
	/* Kinds of reports so far: 1 << enum enc_child_kind. */
	uint32_t reports;
	int parts[ENC_NET_PART_MAX]; /* parts of the network so far */
	struct enc_watch init_watch;
	struct enc_watch gate_watch;
	struct enc_watch rules_watch;
	struct enc_watch setup_watch;
	struct enc_watch orders_watch;
	struct enc_cell_limit_watch limit_watches[ENC_CGROUP_EVENTS_MAX];
	unsigned int outside; /* claimed with: ENC_OUTSIDE_flags */
	struct enc_outward_rate rate;
	int wait_status;
	int64_t next_look_ms;
	unsigned int remove_tries;
	int64_t begun_us;
	uint32_t gate_us;
};

/* enc_cell_set_state() - set the state and log it; an illegal move is a bug */
void enc_cell_set_state(struct enc_cell *cell, enum enc_cell_state to);

/* enc_cell_close_watched() - stop watching a descriptor and close it */
void enc_cell_close_watched(struct enc_cell *cell, struct enc_watch *watch,
			    int *fd);

/* enc_cell_report() - send a report that has nothing but the tag */
void enc_cell_report(struct enc_cell *cell, enum enc_launch_opcode opcode);

uid_t enc_cell_gate_uid(const struct enc_cell *cell);

/* enc_cell_release() - free a cell with its descriptors, and return its slot */
void enc_cell_release(struct enc_cell *cell);

/*
 * enc_cell_end() - kill every process of the sandbox; the first cause is kept
 */
void enc_cell_end(struct enc_cell *cell, enum enc_cause cause);

/*
 * enc_cell_begin_removing() - kill the gate, which has reported everything; may
 * free @cell
 */
void enc_cell_begin_removing(struct enc_cell *cell);

/*
 * enc_cell_try_remove() - remove a cell whose processes are all reaped, and
 * report GONE; may free @cell
 */
void enc_cell_try_remove(struct enc_cell *cell);

/* enc_cell_fail_making() - report FAILED and remove the cell; may free @cell */
void enc_cell_fail_making(struct enc_cell *cell, enum enc_code code,
			  const char *text);

/*
 * Watch functions of cell_end.c: end of init, end of the gate, changed network
 * rules; of cell.c: events of the cgroup.
 */
enc_watch_fn enc_cell_on_init;
enc_watch_fn enc_cell_on_gate;
enc_watch_fn enc_cell_on_rules;
enc_watch_fn enc_cell_on_limit;

/**
 * enc_cell_make() - start to make the sandbox, as far as possible without
 * waiting
 * @root:       the environment's root directory, borrowed for the call
 * @ret_failed: on failure: the step that failed
 *
 * Return: 0 or a negative errno. Children may be running after a failure.
 */
ENC_NODISCARD int enc_cell_make(struct enc_cell *cell,
				const struct enc_launch_create *create,
				const char *root, char *ret_failed,
				size_t room);

/*
 * enc_cell_close_far() - close the far ends, once the children have them or
 * have failed to start
 */
void enc_cell_close_far(struct enc_cell_far *far);

#endif

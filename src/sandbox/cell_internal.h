#ifndef ENC_SANDBOX_CELL_INTERNAL_H
#define ENC_SANDBOX_CELL_INTERNAL_H

/*
 * The inside of a cell. cell_make.c makes it; cell.c has its life and its end.
 */

#include <stdbool.h>

#include "cell.h"
#include "cell_state.h"
#include "child.h"
#include "meter.h"
#include "net_session.h"

/* The far ends of socket pairs, until the children have them. */
struct enc_cell_far {
	int setup;
	int orders;
	int control;
	int runner_init;
	int runner_gate;
	int netns_in; /* the gate sends its namespace to the child */
	int netns_out;
};

/* A cgroup has several descriptors for events; each leads to its cell. */
struct enc_cell_limit_watch {
	struct enc_watch watch;
	struct enc_cell *cell;
};

struct enc_cell {
	struct enc_list link;
	struct enc_cells *all;
	enum enc_cell_state state;
	const struct enc_cell_place *place;
	const struct enc_way *way; /* of the place */
	uint64_t tag;
	int slot;	     /* -1: none, or it is never given again */
	bool destroy_wanted; /* DESTROY has come: GONE is owed */
	struct enc_meter meter;
	enum enc_cause cause; /* the first that was found */
	struct enc_meter_verdict verdict;
	struct enc_cgroup *cgroup;
	struct enc_net_session *network;
	pid_t pid;
	int init; /* pidfd; -1 once it is reaped */
	int gate; /* pidfd; -1 once it is reaped */
	int setup;
	int orders;
	int control; /* enclave-api's end of the gate's stream, until it is sent */
	int work;    /* the mount of /work, until it is claimed; or -1 */
	int log;     /* what its program complains of; or -1 */
	char complaint[ENC_LAUNCH_TEXT_BYTES]; /* of it, at an early end */
	struct enc_cell_far far;
	uint32_t reports; /* 1 << enum enc_child_kind that came while MAKING */
	int parts[ENC_NET_PART_MAX]; /* of the network, until all are there */
	struct enc_watch init_watch;
	struct enc_watch gate_watch;
	struct enc_watch rules_watch;
	struct enc_watch setup_watch;
	struct enc_cell_limit_watch limit_watches[ENC_CGROUP_EVENTS_MAX];
	int wait_status;
	int64_t next_look_ms;
	unsigned int remove_tries;
	int64_t begun_us;
	uint32_t gate_us;
};

/* enc_cell_set_state() - the only writer; a move without a row is our bug */
void enc_cell_set_state(struct enc_cell *cell, enum enc_cell_state to);

/* enc_cell_close_watched() - stop watching, then close */
void enc_cell_close_watched(struct enc_cell *cell, struct enc_watch *watch,
			    int *fd);

/* enc_cell_fail_making() - report FAILED and remove it; may free @cell */
void enc_cell_fail_making(struct enc_cell *cell, enum enc_code code,
			  const char *text);

/* Watches of cell.c: ends of two processes, the gate's rules, the cgroup. */
enc_watch_fn enc_cell_on_init;
enc_watch_fn enc_cell_on_gate;
enc_watch_fn enc_cell_on_rules;
enc_watch_fn enc_cell_on_limit;

/**
 * enc_cell_make() - all that can be done without waiting
 * @root:       of the environment, borrowed for the call
 * @ret_failed: on failure: what failed
 *
 * Return: 0 or a negative errno; children may run then
 */
ENC_NODISCARD int enc_cell_make(struct enc_cell *cell,
				const struct enc_launch_create *create,
				const char *root, char *ret_failed,
				size_t room);

/* enc_cell_close_far() - once the children are started, or failed to */
void enc_cell_close_far(struct enc_cell_far *far);

#endif

#ifndef ENC_SANDBOX_CELL_H
#define ENC_SANDBOX_CELL_H

/*
 * Theory of operation
 *
 * A cell is one sandbox as enclaved sees it: a cgroup, two network namespaces,
 * the process that became enclave-init, and a gate. It is used once.
 *
 *	state     legal                 what it waits for
 *	MAKING    kill, destroy         the child's reports, then its exec
 *	INERT     claim, kill, destroy  CLAIM; no foreign byte is inside
 *	CLAIMED   start, kill, destroy  START; a session's limits are on
 *	RUNNING   kill, destroy         init's end, a limit, the gate's end
 *	FAILING   destroy               init's end; it was killed while MAKING
 *	ENDING    destroy               init's end; all in the cgroup is killed
 *	ENDED     destroy               DESTROY; the gate has the counters
 *	REMOVING  -                     the gate's end and an empty cgroup
 *
 * Nothing here blocks. The child builds its sandbox itself and reports; deaths
 * show by pidfds; limits are looked at after events of the cgroup, and at the
 * time of enc_cell_next_ms(). The report function sends to enclave-api.
 */

#include <stdint.h>

#include "cgroup.h"
#include "facts.h"
#include "launch.h"
#include "list.h"
#include "poller.h"
#include "slots.h"
#include "way.h"

struct enc_cell;
struct enc_cells;

/*
 * enc_cell_report_fn - send a report to enclave-api
 * @fd: sent with it, taken; or -1
 *
 * A cell calls it in the middle of its work: it must not end or free a cell.
 */
typedef void enc_cell_report_fn(struct enc_cells *cells,
				const union enc_launch_message *message,
				int fd);

/* A way that this machine has. */
struct enc_cell_place {
	const struct enc_way *way;
	int program;	 /* the one that the way needs, or -1 */
	uint32_t layers; /* ENC_LAYER_flags of every cell */
};

/* All cells of a launcher, and what they share. It outlives them. */
struct enc_cells {
	struct enc_poller *poller;
	struct enc_slots *slots;
	struct enc_cgroup_tree *cgroups;
	int gate_program; /* opened once */
	int empty_dir;
	char facts[ENC_FACTS_PATH_BYTES]; /* the tree of facts.h */
	/* Of the first gate, the first init (failpoint.h); NULL: none */
	const char *gate_failpoint;
	const char *init_failpoint;
	struct enc_cell_place places[ENC_LAUNCH_PLACES_MAX];
	size_t place_count;
	struct enc_list list;
	size_t count;
	enc_cell_report_fn *report;
};

/**
 * enc_cell_new() - begin to make one
 * @root: of the environment, borrowed for the call
 *
 * What follows is a report: CREATED or FAILED. A failure here leaves nothing.
 * Return: ENC_OK; ENC_BUSY; ENC_BACKEND with step and object
 */
ENC_NODISCARD enum enc_code enc_cell_new(struct enc_cells *cells,
					 const struct enc_launch_create *create,
					 const char *root,
					 struct enc_error *err);

/* enc_cell_find() - NULL if there is none with that tag */
struct enc_cell *enc_cell_find(struct enc_cells *cells, uint64_t tag);

/*
 * enc_cell_claim() - set a session's limits, and report CLAIMED. A failure ends
 * the cell. ENC_CONFLICT unless it is INERT
 */
ENC_NODISCARD enum enc_code enc_cell_claim(struct enc_cell *cell,
					   const struct enc_limits *limits,
					   struct enc_error *err);

/* enc_cell_start() - start its clocks; ENC_CONFLICT unless it is CLAIMED */
ENC_NODISCARD enum enc_code enc_cell_start(struct enc_cell *cell,
					   struct enc_error *err);

/* enc_cell_kill() - end it with cause KILLED, unless it has ended */
void enc_cell_kill(struct enc_cell *cell);

/* enc_cell_destroy() - end and remove it, report GONE; once */
void enc_cell_destroy(struct enc_cell *cell);

/* enc_cell_next_ms() - when enc_cell_look() is due at the latest */
int64_t enc_cell_next_ms(const struct enc_cell *cell);

/* enc_cell_look() - judge limits, try to remove; may free @cell alone */
void enc_cell_look(struct enc_cell *cell, int64_t now_ms);

/* enc_cell_of() - from its place in enc_cells.list */
struct enc_cell *enc_cell_of(struct enc_list *link);

#endif

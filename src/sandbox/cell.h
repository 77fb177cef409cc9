#ifndef ENC_SANDBOX_CELL_H
#define ENC_SANDBOX_CELL_H

/*
 * Theory of operation
 *
 * A cell is the launcher's side of one sandbox: a cgroup, two network
 * namespaces, the process that became enclave-init, and a gate. It is used
 * once.
 *
 *	state     legal                 what the cell waits for
 *	MAKING    kill, destroy         reports of the child, then its exec
 *	INERT     claim, kill, destroy  CLAIM; no program is inside
 *	CLAIMED   start, kill, destroy  START; a session's limits are in force
 *	RUNNING   kill, destroy         the end of init, a limit, the gate's end
 *	FAILING   destroy               the end of init; killed while MAKING
 *	ENDING    destroy               the end of init; its cgroup is killed
 *	ENDED     destroy               DESTROY; the gate has the counters
 *	REMOVING  -                     the gate's end and an empty cgroup
 *
 * No function here blocks. The child builds its sandbox itself and sends
 * reports. Pidfds show when a process has died. Limits are checked after events
 * of the cgroup, and at the time of enc_cell_next_ms(). The report function
 * sends to enclave-api.
 */

#include <stdbool.h>
#include <stdint.h>

#include "cgroup.h"
#include "facts.h"
#include "launch.h"
#include "list.h"
#include "outward.h"
#include "poller.h"
#include "slots.h"
#include "way.h"

struct enc_cell;
struct enc_cells;

/*
 * enc_cell_report_fn - send a report to enclave-api
 * @fd: sent with the report; taken; or -1
 *
 * A cell calls this function in the middle of its work. So the function must
 * not end or free a cell.
 */
typedef void enc_cell_report_fn(struct enc_cells *cells,
				const union enc_launch_message *message,
				int fd);

/* A way that this machine can use. */
struct enc_cell_place {
	const struct enc_way *way;
	int program;	 /* binary of the way's program, or -1 */
	uint32_t layers; /* ENC_LAYER_flags of each cell of this place */
};

/*
 * All cells of a launcher and the resources that they share. The struct must
 * outlive the cells.
 */
struct enc_cells {
	struct enc_poller *poller;
	struct enc_slots *slots;
	struct enc_cgroup_tree *cgroups;
	int gate_program; /* descriptor of the gate's binary */
	int empty_dir;
	/* The way out; NULL: there is none. */
	struct enc_outward *outward;
	int vault; /* the launcher's link to the vault; -1: there is none */
	int cas;   /* what gates get of ca_bundle.h; -1: nothing */
	struct enc_shown machine; /* the most that a program is told of */
	char facts[ENC_FACTS_PATH_BYTES]; /* path of the tree of facts.h */
	/*
	 * Failpoints for the first gate and the first init (failpoint.h); NULL:
	 * none.
	 */
	const char *gate_failpoint;
	const char *init_failpoint;
	struct enc_cell_place places[ENC_LAUNCH_PLACES_MAX];
	size_t place_count;
	struct enc_list list;
	size_t count;
	enc_cell_report_fn *report;
};

/**
 * enc_cell_new() - begin to make a sandbox
 * @root: the environment's root directory, borrowed for the call
 *
 * On success a report follows: CREATED or FAILED. On failure nothing is left.
 * Return: ENC_OK; ENC_BUSY if all ids are in use; ENC_BACKEND with step and
 * object
 */
ENC_NODISCARD enum enc_code enc_cell_new(struct enc_cells *cells,
					 const struct enc_launch_create *create,
					 const char *root,
					 struct enc_error *err);

/* enc_cell_find() - find a cell by tag; NULL if no cell has it */
struct enc_cell *enc_cell_find(struct enc_cells *cells, uint64_t tag);

/*
 * enc_cell_claim() - put a session's limits in force and report CLAIMED
 * @outside: ENC_OUTSIDE_flags; with any its gate may get sockets
 *
 * Return: ENC_OK; ENC_CONFLICT unless the cell is INERT; ENC_BACKEND, and the
 * cell is being ended
 */
ENC_NODISCARD enum enc_code enc_cell_claim(struct enc_cell *cell,
					   const struct enc_limits *limits,
					   unsigned int outside,
					   struct enc_error *err);

/*
 * enc_cell_meet_vault() - connect the gate of a session with bindings to a new
 * vault. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_cell_meet_vault(struct enc_cell *cell);

/*
 * enc_cell_start() - start the clocks of a cell's limits
 *
 * Return: ENC_OK; ENC_CONFLICT unless the cell is CLAIMED
 */
ENC_NODISCARD enum enc_code enc_cell_start(struct enc_cell *cell,
					   struct enc_error *err);

/*
 * enc_cell_kill() - end a cell with cause KILLED; does nothing once it is
 * ending
 */
void enc_cell_kill(struct enc_cell *cell);

/*
 * enc_cell_destroy() - end and remove a cell, and report GONE; further calls do
 * nothing
 */
void enc_cell_destroy(struct enc_cell *cell);

/* enc_cell_next_ms() - time by which enc_cell_look() must be called */
int64_t enc_cell_next_ms(const struct enc_cell *cell);

/*
 * enc_cell_look() - check limits, or try to remove the cell; may free @cell,
 * but no other cell
 */
void enc_cell_look(struct enc_cell *cell, int64_t now_ms);

/* enc_cell_of() - return the cell of a link in enc_cells.list */
struct enc_cell *enc_cell_of(struct enc_list *link);

#endif

#ifndef ENC_SANDBOX_LAUNCHER_H
#define ENC_SANDBOX_LAUNCHER_H

/*
 * The launcher's end of the channel (launch/launch.h): requests of an
 * enclave-api that may have been taken over, denied by default, and reports.
 *
 * Should: make, start, kill and remove sandboxes from numbers. Mustn't: take a
 * path, a pid or a descriptor from the channel.
 */

#include <stdbool.h>
#include <stdint.h>

#include "cell.h"

struct enc_launcher;

struct enc_launcher_options {
	const char *environments; /* directory of the store */
	const char *run_dir;	  /* /run/enclave: the empty directory */
	struct enc_slots *slots;  /* borrowed; held until after the launcher */
	const char *instance;
	const char *failpoint; /* one of a gate or init is handed on; or NULL */
	int gate_program;      /* the gate's binary, taken */
	/* Which ways may be asked for; their programs are taken. */
	struct enc_cell_place places[ENC_LAUNCH_PLACES_MAX];
	size_t place_count;
	struct enc_poller *poller; /* borrowed */
};

/**
 * enc_launcher_new() - hold cgroups, read the store, sweep leftovers
 *
 * Return: ENC_OK; ENC_UNAVAILABLE if the machine lacks something, with a
 * sentence that says what to do
 */
ENC_NODISCARD enum enc_code
enc_launcher_new(const struct enc_launcher_options *options,
		 struct enc_launcher **ret_launcher, struct enc_error *err);

/* enc_launcher_free() - every cell must be gone; NULL is fine */
void enc_launcher_free(struct enc_launcher *launcher);

/*
 * enc_launcher_attach() - a new enclave-api; @channel is taken. If it can't be
 * watched it is lost at once: enc_launcher_attached() is false.
 */
void enc_launcher_attach(struct enc_launcher *launcher, int channel);

/*
 * enc_launcher_detach() - close the channel and destroy all cells. Not to be
 * called from a cell.
 */
void enc_launcher_detach(struct enc_launcher *launcher);

/* enc_launcher_attached() - whether there is a channel that isn't lost */
bool enc_launcher_attached(const struct enc_launcher *launcher);

/* enc_launcher_cells() - how many are not gone */
size_t enc_launcher_cells(const struct enc_launcher *launcher);

/*
 * enc_launcher_turn() - look at cells that are due, close a lost channel
 *
 * Return: when it has to be called next at the latest, INT64_MAX: never
 */
int64_t enc_launcher_turn(struct enc_launcher *launcher, int64_t now_ms);

#endif

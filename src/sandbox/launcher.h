#ifndef ENC_SANDBOX_LAUNCHER_H
#define ENC_SANDBOX_LAUNCHER_H

/*
 * The launcher's end of the channel (launch/launch.h). It answers requests and
 * sends reports. An attacker may control enclave-api, so the launcher refuses
 * every request that isn't known to be safe.
 *
 * Should: make, start, kill and remove sandboxes from numbers. Mustn't: take a
 * path, a pid or a descriptor from the channel.
 */

#include <stdbool.h>
#include <stdint.h>

#include "cell.h"

struct enc_launcher;

struct enc_launcher_options {
	const char *environments; /* the directory of all environments */
	/*
	 * Directory such as /run/enclave, in which the launcher makes an empty
	 * one.
	 */
	const char *run_dir;
	/* The slots, borrowed. They must outlive the launcher. */
	struct enc_slots *slots;
	const char *instance;
	struct enc_outward *outward; /* the way out; taken; NULL: none */
	int cas; /* memfd of CAs for gates (ca_bundle.h), taken; -1: none */
	const char *failpoint; /* failpoint for a gate or an init; NULL: none */
	int gate_program;      /* descriptor of the gate's binary; taken */
	/* The ways that requests may name; their programs are taken. */
	struct enc_cell_place places[ENC_LAUNCH_PLACES_MAX];
	size_t place_count;
	struct enc_poller *poller; /* poller of enclaved's loop; borrowed */
};

/**
 * enc_launcher_new() - open the cgroups, read the environments, and remove what
 * an earlier server left
 *
 * Return: ENC_OK; ENC_UNAVAILABLE if the machine lacks something; the message
 * says what to do
 */
ENC_NODISCARD enum enc_code
enc_launcher_new(const struct enc_launcher_options *options,
		 struct enc_launcher **ret_launcher, struct enc_error *err);

/* enc_launcher_free() - free a launcher without cells; NULL is fine */
void enc_launcher_free(struct enc_launcher *launcher);

/*
 * enc_launcher_attach() - serve a new enclave-api over @channel, which is
 * taken. If the channel can't be watched, it is lost at once:
 * enc_launcher_attached() is false then.
 */
void enc_launcher_attach(struct enc_launcher *launcher, int channel);

/*
 * enc_launcher_detach() - close the channel and destroy all cells. Must not be
 * called from within a cell.
 */
void enc_launcher_detach(struct enc_launcher *launcher);

/* enc_launcher_attached() - whether there is a channel that isn't lost */
bool enc_launcher_attached(const struct enc_launcher *launcher);

/*
 * enc_launcher_vault() - a vault was started; @fd, the launcher's link to it, is
 * taken. The gates of sessions with bindings and enclave-api get links to it.
 */
void enc_launcher_vault(struct enc_launcher *launcher, int fd);

/* enc_launcher_vault_gone() - the vault has died */
void enc_launcher_vault_gone(struct enc_launcher *launcher);

/* enc_launcher_cells() - count the cells that are not gone */
size_t enc_launcher_cells(const struct enc_launcher *launcher);

/*
 * enc_launcher_turn() - check cells whose time has come, and close a lost
 * channel
 *
 * Return: the time by which it must be called again; INT64_MAX: never
 */
int64_t enc_launcher_turn(struct enc_launcher *launcher, int64_t now_ms);

#endif

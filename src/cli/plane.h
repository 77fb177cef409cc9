#ifndef ENC_CLI_PLANE_H
#define ENC_CLI_PLANE_H

/*
 * Theory of operation
 *
 * A private server is an `enclaved` that runs as long as one command, behind a
 * unix socket that only this user can open.
 *
 *	enclave ---- pipe ----> keeper ---- fork+exec ----> enclaved
 *
 * The keeper is a child in a process session of its own, so that Ctrl-C on the
 * terminal reaches neither it nor enclaved. It waits until the pipe closes,
 * which happens when the command ends in any way, also by SIGKILL. Then it asks
 * enclaved to stop, kills it after a timeout, and removes the directory.
 */

#include "err.h"

struct enc_plane;

/**
 * enc_plane_start() - start a private server and wait until it listens
 * @backend:      "native", "simulator", NULL for enclaved's own choice
 * @environments: directory, NULL for enclaved's default
 * @err:          gets enclaved's own message if it can't start
 *
 * Return: ENC_OK; ENC_NOT_AVAILABLE if this machine or user can't;
 * ENC_UNAVAILABLE when it didn't start in time
 */
ENC_NODISCARD enum enc_code enc_plane_start(const char *backend,
					    const char *environments,
					    struct enc_plane **ret_plane,
					    struct enc_error *err);

/* enc_plane_url() - return "unix:/...", borrowed from @plane */
const char *enc_plane_url(const struct enc_plane *plane);

/*
 * enc_plane_stop() - stop the server and wait until nothing of it is left;
 * @plane may be NULL
 */
struct enc_plane *enc_plane_stop(struct enc_plane *plane);

/**
 * enc_plane_sibling() - find another program of Enclave's by name, such as
 * "enclaved": in the directory of this program, then in /usr/lib/enclave
 *
 * Return: its path, on the heap; NULL if neither directory has it
 */
char *enc_plane_sibling(const char *name);

#endif

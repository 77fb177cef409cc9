#ifndef ENC_CLI_PLANE_H
#define ENC_CLI_PLANE_H

/*
 * Theory of operation
 *
 * A private control plane: an `enclaved` of one's own, for the time of one
 * command, behind a unix socket that only this user can open.
 *
 *	enclave ---- pipe ----> keeper ---- fork+exec ----> enclaved
 *
 * The keeper is a small child with a session of its own, so that Ctrl-C on
 * the terminal doesn't reach it or enclaved. Its one task is the end: when
 * the pipe closes, because the command is done or was killed, whichever way,
 * it asks enclaved to stop, insists after a while, and removes the directory.
 * So nothing is left, and there is one way for all of it.
 */

#include "err.h"

struct enc_plane;

/**
 * enc_plane_start() - start one and wait until it listens
 * @backend:      "native", "simulator", NULL for enclaved's own choice
 * @environments: directory, NULL for enclaved's default
 * @err:          what enclaved said about why it can't, and what to do
 *
 * Return: ENC_OK; ENC_NOT_AVAILABLE if this machine or user can't;
 * ENC_UNAVAILABLE when it didn't start in time
 */
ENC_NODISCARD enum enc_code enc_plane_start(const char *backend,
					    const char *environments,
					    struct enc_plane **ret_plane,
					    struct enc_error *err);

/* enc_plane_url() - "unix:/...", for as long as the plane is there */
const char *enc_plane_url(const struct enc_plane *plane);

/* enc_plane_stop() - end it, wait until nothing is left; NULL is fine */
struct enc_plane *enc_plane_stop(struct enc_plane *plane);

/**
 * enc_plane_sibling() - path of another program of ours
 * @name: "enclaved"; beside this program's own file, else in /usr/lib/enclave
 *
 * Return: heap string, NULL if it is in neither place
 */
char *enc_plane_sibling(const char *name);

#endif

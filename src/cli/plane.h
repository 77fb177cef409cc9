#ifndef ENC_CLI_PLANE_H
#define ENC_CLI_PLANE_H

/*
 * Theory of operation
 *
 * A private control plane is an `enclaved` that serves one command and ends
 * with it. It listens on a unix socket that only the command's user can open.
 *
 *	enclave ---- pipe ----> keeper ---- fork+exec ----> enclaved
 *
 * The keeper is a child of the command. It calls setsid(), so that Ctrl-C on
 * the terminal reaches neither the keeper nor enclaved. The pipe closes when
 * the command finishes or is killed. Then the keeper asks enclaved to stop,
 * kills it after a timeout, and removes the directory. So a killed command is
 * cleaned up in the same way as a finished one.
 */

#include "err.h"

struct enc_plane;

/* Options of enclaved; NULL for its default. */
struct enc_plane_options {
	const char *backend;	  /* such as "native" or "simulator" */
	const char *environments; /* directory of environments */
	const char *internal;	  /* private networks that sessions may reach */
	const char *ca_file;	  /* CAs of upstreams */
};

/**
 * enc_plane_start() - start a private control plane, wait until it listens
 * @options:   borrowed for the call
 * @ret_plane: end it with enc_plane_stop()
 * @err:       the last error that enclaved logged, or what to do
 *
 * Return: ENC_OK; ENC_NOT_AVAILABLE if enclaved isn't installed or didn't
 * start within 30 s; ENC_UNAVAILABLE if no directory or pipe can be made
 */
ENC_NODISCARD enum enc_code
enc_plane_start(const struct enc_plane_options *options,
		struct enc_plane **ret_plane, struct enc_error *err);

/* enc_plane_url() - the control plane's "unix:/..." URL; owned by @plane */
const char *enc_plane_url(const struct enc_plane *plane);

/*
 * enc_plane_stop() - stop the control plane, free @plane, return NULL
 *
 * Waits until enclaved has ended and its directory is removed. @plane may be
 * NULL.
 */
struct enc_plane *enc_plane_stop(struct enc_plane *plane);

/**
 * enc_plane_sibling() - find another program of Enclave
 * @name: file name, such as "enclaved"
 *
 * Looks in the directory of the running program, then in /usr/lib/enclave.
 *
 * Return: heap string, to be freed; NULL if neither has an executable @name
 */
char *enc_plane_sibling(const char *name);

#endif
